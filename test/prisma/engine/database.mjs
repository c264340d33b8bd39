// The engine's commands about whole databases, which have an exit status and no JSON-RPC.
import { connectionOf } from './connection.mjs';
import { pg } from './wasm.mjs';

async function run(connection, ...statements) {
  const client = new pg.Client(connection);
  await client.connect();
  try {
    for (const statement of statements) await client.query(statement);
  } finally {
    await client.end();
  }
}

export async function databaseCommand(command, { url }) {
  const connection = connectionOf(url);
  const elsewhere = { ...connection, database: 'postgres' };
  try {
    if (command === 'can-connect-to-database') await run(connection);
    else if (command === 'create-database') await run(elsewhere, `CREATE DATABASE "${connection.database}"`);
    else if (command === 'drop-database') await run(elsewhere, `DROP DATABASE "${connection.database}"`);
    else throw new Error(`no command ${command}`);
    return 0;
  } catch (error) {
    const error_code = error.code === '3D000' ? 'P1003' : 'P1001';
    const fields = { message: error.message, is_panic: false, error_code };
    console.error(JSON.stringify({ timestamp: '', level: 'ERROR', fields, target: 'schema_engine::logger' }));
    return 1;
  }
}
