// prisma.tailor.$near() against the real Prisma and the real database.
import assert from 'node:assert/strict';

import { PrismaPg } from '@prisma/adapter-pg';
import { tailorSearch } from 'tailor-search/prisma';

import { PrismaClient } from '../generated/index.js';

const adapter = new PrismaPg({ connectionString: process.env.DATABASE_URL });
const prisma = new PrismaClient({ adapter }).$extends(tailorSearch());
const add = (client, name, latitude, more = {}) => client.user.create({
  data: { email: `${name}@example.com`, password: 'x', name, tailor: { create: { latitude, longitude: 77.59, rating: 4.5, ...more } } },
});
const names = ({ data }) => data.map((tailor) => tailor.user.name);
const here = { lat: 12.97, lng: 77.59 };
await add(prisma, 'A', 12.97, { skills: ['HEMMING', 'STITCHING'], yearsExperience: 3 });
await add(prisma, 'B', 12.98, { skills: ['HEMMING'], yearsExperience: 9, rating: 5 });
await add(prisma, 'C', 12.99);

const page = await prisma.tailor.$near({ ...here, km: 5, limit: 2 });
assert.deepEqual(names(page), ['A', 'B']);
assert.equal(page.total, 3);
assert.equal(page.data[0].distance, 0);
assert.match(page.data[0].createdAt, /^\d{4}-.*Z$/);
assert.deepEqual(names(await prisma.tailor.$near({ ...here, km: 5, limit: 2, after: page.pagination.next })), ['C']);
assert.deepEqual(names(await prisma.tailor.$near({ ...here, km: 5, limit: 2, page: 2 })), ['C']);
assert.deepEqual(names(await prisma.tailor.$near({ ...here, skills: ['HEMMING', 'STITCHING'], sortBy: 'rating' })), ['B', 'A']);
assert.deepEqual(names(await prisma.tailor.$near({ ...here, skills: ['HEMMING', 'STITCHING'], skillMatch: 'all', km: undefined })), ['A']);
assert.deepEqual(names(await prisma.tailor.$near({ ...here, minExperience: 4, maxExperience: 9, minRating: 5 })), ['B']);
assert.deepEqual(names(await prisma.tailor.$near({ ...here, nearest: 1, includeUnlocated: false })), ['A']);
assert.deepEqual(names(await prisma.tailor.$near({ bbox: [77, 12.975, 78, 12.985] })), ['B']);

await assert.rejects(prisma.tailor.$near({ lat: 91, lng: 0 }), /lat must/);
await assert.rejects(async () => prisma.tailor.$near({ ...here, radius: 5 }), /no option "radius"/);

// What a transaction wrote is found in it, and nowhere else.
class Undone extends Error {}
await assert.rejects(prisma.$transaction(async (transaction) => {
  await add(transaction, 'D', 12.971);
  assert.deepEqual(names(await transaction.tailor.$near({ ...here, km: 5 })), ['A', 'D', 'B', 'C']);
  assert.equal((await prisma.tailor.$near({ ...here, km: 5 })).total, 3);
  throw new Undone();
}), Undone);
assert.equal((await prisma.tailor.$near({ ...here, km: 5 })).total, 3);
await prisma.$disconnect();
