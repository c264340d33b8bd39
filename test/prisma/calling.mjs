// Calls the search as docs/prisma.md shows, and prints what JavaScript gets.
import { PrismaPg } from '@prisma/adapter-pg';

import { PrismaClient } from './generated/index.js';

const prisma = new PrismaClient({ adapter: new PrismaPg({ connectionString: process.env.DATABASE_URL }) });
await prisma.user.create({
  data: {
    email: 'a@example.com', password: 'x', name: 'A',
    tailor: { create: { latitude: 12.97, longitude: 77.59, rating: 4.5, skills: ['HEMMING'] } },
  },
});

const [lat, lng, km, skills, sortBy] = [12.97, 77.59, 5, ['HEMMING'], 'rating'];
// The query of the page begins here.
QUERY
const [row] = rows;
const [{ createdAt, user, sampleWorks }] = await prisma.$queryRaw`
  SELECT "createdAt", "user", "sampleWorks" FROM tailor_search.tailor_search(${lat}, ${lng}, skills => ${null})`;
console.log(JSON.stringify({
  id: typeof row.id, rating: row.rating, distance: row.distance, total: `${typeof row.total} ${Number(row.total)}`,
  createdAt: createdAt instanceof Date, user: user.name, sampleWorks,
}));
await prisma.$disconnect();
