// Calls the function that TypedSQL makes of the query in docs/prisma.md, and prints what JavaScript gets.
import { PrismaPg } from '@prisma/adapter-pg';

import { PrismaClient } from '../generated/index.js';
import { tailorsNear } from '../generated/sql/index.js';

const prisma = new PrismaClient({ adapter: new PrismaPg({ connectionString: process.env.DATABASE_URL }) });
await prisma.user.create({
  data: {
    email: 'a@example.com', password: 'x', name: 'A',
    tailor: { create: { latitude: 12.97, longitude: 77.59, rating: 4.5, skills: ['HEMMING'] } },
  },
});

const [lat, lng, km, skills] = [12.97, 77.59, 5, null];
// The call of the page begins here.
CALL
const [{ total, rating, createdAt, user }] = rows;
const far = await prisma.$queryRawTyped(tailorsNear(-lat, lng, km, ['HEMMING']));
console.log(JSON.stringify({
  total: `${typeof total} ${Number(total)}`, rating, createdAt: createdAt instanceof Date, user: user.name, far: far.length,
}));
await prisma.$disconnect();
