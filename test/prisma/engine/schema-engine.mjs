#!/usr/bin/env node
// Prisma's schema engine for its CLI, without the download. The CLI runs a native program; npm has the same engine
// compiled to WebAssembly. This program takes the native one's arguments and JSON-RPC, and lets the latter answer.
// PRISMA_SCHEMA_ENGINE_BINARY names it, PRISMA_APP the folder whose node_modules it uses.
import fs from 'node:fs';
import readline from 'node:readline';

import { adapterFactory, executeAt } from './adapter.mjs';
import { connectionOf } from './connection.mjs';
import { databaseCommand } from './database.mjs';
import { introspectSql } from './typed_sql.mjs';
import { loadEngine } from './wasm.mjs';

function parseArguments(argv) {
  const parsed = { models: [], datasource: {}, command: [] };
  for (let i = 0; i < argv.length; i++) {
    if (argv[i] === '--datamodels') parsed.models.push(argv[++i]);
    else if (argv[i] === '--datasource') parsed.datasource = JSON.parse(argv[++i]);
    else if (argv[i].startsWith('--')) i++; // has a value, too
    else parsed.command.push(argv[i]);
  }
  return parsed;
}

async function newEngine({ models, datasource }) {
  const { SchemaEngine } = await loadEngine();
  const texts = models.map((file) => [file, fs.readFileSync(file, 'utf8')]);
  if (texts.length === 0) texts.push(['schema.prisma', 'datasource db {\n  provider = "postgresql"\n}\n']);
  return SchemaEngine.new({ datamodels: texts }, () => {}, await adapterFactory(datasource));
}

const print = (message) => process.stdout.write(`${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`);

async function call(engine, method, params) {
  // In WebAssembly evaluateDataLoss() makes no shadow database, but finds the schema that this call remembers.
  if (method === 'evaluateDataLoss')
    await engine.diagnoseMigrationHistory({ ...params, optInToShadowDatabase: true });
  // In WebAssembly dbExecute() fails with any script.
  if (method === 'dbExecute') return executeAt(params.datasourceType.url, params.script);
  if (method === 'introspectSql') return introspectSql(connectionOf(options.datasource.url), params);
  return engine[method === 'getDatabaseVersion' ? 'version' : method](params);
}

async function answer(engine, { id, method, params }) {
  try {
    const result = await call(engine, method, params ?? {});
    // The native engine prints what a diff shows, and the CLI shows what is printed.
    if (method === 'diff' && result?.stdout != null) print({ id: 1e6 + id, method: 'print', params: { content: result.stdout } });
    print({ id, result: result ?? {} });
  } catch (error) {
    const data = { is_panic: false, message: String(error?.message ?? error), meta: null, error_code: error?.code };
    print({ id, error: { code: 4466, message: 'An error happened. Check the data field for details.', data } });
  }
}

const options = parseArguments(process.argv.slice(2));
if (options.command[0] === 'cli') {
  process.exitCode = await databaseCommand(options.command[1], options.datasource);
} else {
  let engine;
  for await (const line of readline.createInterface({ input: process.stdin })) {
    const request = line.trim() ? JSON.parse(line) : {};
    if (request.method) await answer((engine ??= await newEngine(options)), request);
  }
  process.exit(0); // the engine's connections would keep the process alive
}
