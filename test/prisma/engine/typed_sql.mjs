// TypedSQL's introspection, which the WebAssembly engine lacks: as in the native one, the server's own description of
// a statement gives the types, and the query's comments give names and say what may be null.
import { pg } from './wasm.mjs';

const typeNames = {
  16: 'bool', 20: 'bigint', 21: 'int', 23: 'int', 25: 'string', 114: 'json', 700: 'float', 701: 'double', 1007: 'int-array',
  1009: 'string-array', 1043: 'string', 1114: 'datetime', 1184: 'datetime', 1700: 'decimal', 2950: 'uuid', 3802: 'json',
};
const parameterComment = /^ *-- *@param *(?:\{(\w+)\} *)?\$(\d+)(?::(\w+)(\?)?)? *(.*)$/gm;

// A query of node-postgres that is parsed and described, but not executed.
class Description {
  fields = [];

  constructor(text) {
    Object.assign(this, { text, done: new Promise((resolve, reject) => Object.assign(this, { resolve, reject })) });
  }

  submit(connection) {
    connection.parse({ name: 'described', text: this.text });
    connection.describe({ type: 'S', name: 'described' });
    connection.sync();
  }

  handleRowDescription({ fields }) { this.fields = fields; }
  handleError(error) { this.reject(error); }
  handleReadyForQuery() { this.resolve(this.fields); }
}

async function introspect(client, { name, source }) {
  const query = new Description(source);
  client.query(query);
  const fields = await query.done;
  const { rows: [{ types }] } = await client.query(
    "SELECT parameter_types::oid[]::int[] AS types FROM pg_prepared_statements WHERE name = 'described'");
  await client.query('DEALLOCATE described');
  const comments = new Map([...source.matchAll(parameterComment)].map((found) => [Number(found[2]), found]));
  const parameters = types.map((type, i) => {
    const [, given, , alias, nullable, documentation] = comments.get(i + 1) ?? [];
    return { name: alias ?? `_${i + 1}`, typ: given ?? typeNames[type] ?? 'unknown', nullable: nullable === '?', documentation: documentation || null };
  });
  const resultColumns = fields.map((field) => ({ name: field.name, typ: typeNames[field.dataTypeID] ?? 'unknown', nullable: true }));
  return { name, source, documentation: null, parameters, resultColumns };
}

export async function introspectSql(connection, { queries }) {
  const client = new pg.Client(connection);
  await client.connect();
  try {
    const described = [];
    for (const query of queries) described.push(await introspect(client, query));
    return { queries: described };
  } finally {
    await client.end();
  }
}
