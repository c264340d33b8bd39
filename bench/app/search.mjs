// The application's search: two raw queries side by side, then a third for the relations.
import { Prisma } from './generated/index.js';

const ORDERS = {
  distance: Prisma.sql`distance, id`,
  rating: Prisma.sql`rating DESC, distance, id`,
  experience: Prisma.sql`"yearsExperience" DESC NULLS LAST, distance, id`,
};

const RELATIONS = {
  user: { select: { id: true, name: true, email: true } },
  sampleWorks: {
    select: { id: true, imageUrl: true, description: true, createdAt: true },
    orderBy: [{ createdAt: 'desc' }, { id: 'asc' }],
    take: 4,
  },
};

function conditions({ lat, lng, maxDistance, skills, minRating }) {
  const centre = Prisma.sql`ST_SetSRID(ST_MakePoint(${lng}::float8, ${lat}::float8), 4326)::geography`;
  const all = [Prisma.sql`ST_DWithin("locationPoint", ${centre}, ${maxDistance * 1000}::float8)`];
  if (skills.length) all.push(Prisma.sql`skills && ${skills}::text[]`);
  if (minRating !== undefined) all.push(Prisma.sql`rating >= ${minRating}::float8`);
  return { centre, where: Prisma.join(all, ' AND ') };
}

export async function search(prisma, request) {
  const { centre, where } = conditions(request);
  const { sortBy, page, limit } = request;
  const [rows, [{ total }]] = await Promise.all([
    prisma.$queryRaw`
      SELECT id, ST_Distance("locationPoint", ${centre}) / 1000 AS distance
      FROM "Tailor" WHERE ${where} ORDER BY ${ORDERS[sortBy]}
      LIMIT ${limit}::int OFFSET ${(page - 1) * limit}::int`,
    prisma.$queryRaw`SELECT count(*)::int AS total FROM "Tailor" WHERE ${where}`,
  ]);
  const tailors = await prisma.tailor.findMany({ where: { id: { in: rows.map((row) => row.id) } }, include: RELATIONS });
  const byId = new Map(tailors.map((tailor) => [tailor.id, tailor]));
  return {
    success: true,
    data: rows.map(({ id, distance }) => {
      const { user, sampleWorks, ...columns } = byId.get(id);
      return { ...columns, distance, user, sampleWorks };
    }),
    pagination: { page, limit, total, totalPages: Math.ceil(total / limit) },
  };
}
