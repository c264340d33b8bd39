// Stands in for the application: its route on plain node:http, which is quicker than the framework round it was.
// In the environment: PORT, DATABASE_URL, POOL (connections), CACHE (1: the application's map of answers).
import http from 'node:http';
import { PrismaPg } from '@prisma/adapter-pg';
import { PrismaClient } from './generated/index.js';
import { search } from './search.mjs';

const { PORT, DATABASE_URL, POOL, CACHE } = process.env;
const CACHE_MS = 2 * 60 * 1000;
const PLACES = { MG_ROAD: [12.9716, 77.5946], COMMERCIAL_STREET: [12.9833, 77.6089] };

const adapter = new PrismaPg({ connectionString: DATABASE_URL, max: Number(POOL), application_name: 'bench_app' });
const prisma = new PrismaClient({ adapter });
const answers = new Map(); // as the application's: never evicted, one an instance

function readRequest(parameters) {
  const number = (name, otherwise) => (parameters.has(name) ? Number(parameters.get(name)) : otherwise);
  const [lat, lng] = PLACES[parameters.get('location')] ?? [number('lat'), number('lng')];
  return {
    lat,
    lng,
    maxDistance: number('maxDistance', 10),
    skills: parameters.getAll('skill'),
    minRating: number('minRating'),
    sortBy: parameters.get('sortBy') ?? 'distance',
    page: number('page', 1),
    limit: number('limit', 12),
  };
}

async function answer(url) {
  const key = url.search;
  const known = CACHE === '1' && answers.get(key);
  if (known && Date.now() - known.at < CACHE_MS) return { body: JSON.stringify(known.value), cached: 'hit' };
  const value = await search(prisma, readRequest(url.searchParams));
  if (CACHE === '1') answers.set(key, { value, at: Date.now() });
  return { body: JSON.stringify(value), cached: 'fwd=miss' };
}

async function handle(request, response) {
  const url = new URL(request.url, 'http://localhost');
  if (url.pathname !== '/api/tailors') return response.writeHead(404).end();
  try {
    const { body, cached } = await answer(url);
    response.writeHead(200, {
      'Content-Type': 'application/json',
      'Content-Length': Buffer.byteLength(body),
      'Cache-Status': `app; ${cached}`,
    });
    response.end(body);
  } catch (error) {
    console.error(error.message);
    response.writeHead(500, { 'Content-Type': 'application/json' });
    response.end(JSON.stringify({ success: false, error: 'Failed to fetch tailors' }));
  }
}

await prisma.$connect();
http.createServer(handle).listen({ host: '127.0.0.1', port: Number(PORT), backlog: 1024 });
