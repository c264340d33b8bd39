// Prisma's adapter over node-postgres, with what the native engine has and the adapter lacks.
import { connectionOf, schemaOf } from './connection.mjs';
import { load, pg } from './wasm.mjs';

const kChar = 18; // the type "char"
const kText = 25;
const kCharacter = 6; // in the adapter's numbers
const asText = new Set([22, 24, 30, 194, 2205, 2206]); // int2vector, regproc, oidvector, pg_node_tree, regclass, regtype

// The adapter refuses some types of the catalog, and cuts a script at each semicolon; the native engine sends it
// as one message.
function completed(adapter) {
  const performIO = adapter.performIO.bind(adapter);
  const queryRaw = adapter.queryRaw.bind(adapter);
  const charColumns = new WeakMap();
  adapter.performIO = async (query) => {
    const result = await performIO(query);
    charColumns.set(query, result.fields.flatMap((field, i) => (field.dataTypeID === kChar ? [i] : [])));
    for (const field of result.fields) if (field.dataTypeID === kChar || asText.has(field.dataTypeID)) field.dataTypeID = kText;
    return result;
  };
  adapter.queryRaw = async (query) => {
    const rows = await queryRaw(query);
    for (const i of charColumns.get(query) ?? []) rows.columnTypes[i] = kCharacter;
    return rows;
  };
  adapter.executeScript = async (script) => {
    try {
      await adapter.underlyingDriver().query(script);
    } catch (error) {
      adapter.onError(error);
    }
  };
  return adapter;
}

// As one message: several statements are one transaction.
async function execute(connection, script) {
  const client = new pg.Client(connection);
  await client.connect();
  try {
    await client.query(script);
  } finally {
    await client.end();
  }
}

export async function executeAt(url, script) {
  await execute(connectionOf(url), script);
}

export async function adapterFactory({ url, shadowDatabaseUrl }) {
  const { PrismaPg } = await load('@prisma/adapter-pg/dist/index.mjs');
  const { bindMigrationAwareSqlAdapterFactory } = await load('@prisma/driver-adapter-utils/dist/index.mjs');
  const connection = connectionOf(url);
  const connect = async (to) => completed(await new PrismaPg(to, { schema: schemaOf(url) }).connect());

  async function connectToShadowDb() {
    if (shadowDatabaseUrl) return connect(connectionOf(shadowDatabaseUrl));
    const database = `prisma_migrate_shadow_db_${crypto.randomUUID()}`;
    await execute(connection, `CREATE DATABASE "${database}"`);
    const adapter = await connect({ ...connection, database });
    const dispose = adapter.dispose.bind(adapter);
    adapter.dispose = async () => {
      await dispose();
      await execute(connection, `DROP DATABASE "${database}" WITH (FORCE)`);
    };
    return adapter;
  }

  return bindMigrationAwareSqlAdapterFactory({
    provider: 'postgres',
    adapterName: '@prisma/adapter-pg',
    connect: () => connect(connection),
    connectToShadowDb,
  });
}
