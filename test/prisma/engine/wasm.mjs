// Loads the schema engine's WebAssembly, and packages of the folder that PRISMA_APP names.
import fs from 'node:fs';
import path from 'node:path';
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';

const modules = path.join(process.env.PRISMA_APP ?? process.cwd(), 'node_modules');

export const load = (file) => import(pathToFileURL(path.join(modules, file)));
export const pg = createRequire(`${modules}/`)('pg');

export async function loadEngine() {
  globalThis.PRISMA_WASM_PANIC_REGISTRY = { set_message: (message) => console.error(message) };
  const engine = await load('@prisma/schema-engine-wasm/schema_engine_bg.js');
  const bytes = fs.readFileSync(path.join(modules, '@prisma/schema-engine-wasm/schema_engine_bg.wasm'));
  const instance = new WebAssembly.Instance(new WebAssembly.Module(bytes), { './schema_engine_bg.js': engine });
  engine.__wbg_set_wasm(instance.exports);
  instance.exports.__wbindgen_start();
  return engine;
}
