// A Prisma URL as node-postgres takes it: without Prisma's own parameters, and with the schema as search_path.
export function connectionOf(url) {
  const parsed = new URL(url);
  const schema = parsed.searchParams.get('schema');
  return {
    host: decodeURIComponent(parsed.hostname),
    port: Number(parsed.port) || 5432,
    user: decodeURIComponent(parsed.username),
    password: decodeURIComponent(parsed.password),
    database: decodeURIComponent(parsed.pathname.slice(1)),
    ...(schema && { options: `-c search_path="${schema}"` }),
  };
}

export const schemaOf = (url) => new URL(url).searchParams.get('schema') ?? undefined;
