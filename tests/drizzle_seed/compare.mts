// Fills one table after the other, with those that it refers to, by drizzle-seed alone: what the generated schema says is all
// that it knows. A line of JSON for each: rows, seconds, the first error. Called by `run`.
import { getTableColumns, getTableName, is } from 'drizzle-orm';
import { drizzle } from 'drizzle-orm/node-postgres';
import { PgTable, getTableConfig } from 'drizzle-orm/pg-core';
import { seed } from 'drizzle-seed';
import pg from 'pg';

const [schemaFile, host, database, count] = process.argv.slice(2);
const exported = Object.entries(await import(schemaFile)).filter(([, value]) => is(value, PgTable)) as [string, PgTable][];
const pool = new pg.Pool({ host, database, user: 'postgres' });
const db = drizzle(pool);
const targets = (table: PgTable) => getTableConfig(table).foreignKeys.map((key) => key.reference().foreignTable as PgTable);
function reached(table: PgTable, found = new Set<PgTable>()): Set<PgTable> {
  if (!found.has(table)) {
    found.add(table);
    targets(table).forEach((target) => reached(target, found));
  }
  return found;
}
const all = exported.map(([, table]) => `${getTableConfig(table).schema}.${getTableName(table)}`);
const own = exported.filter(([, table]) => getTableConfig(table).schema === 'agency');
const meant = new Set(own.flatMap(([, table]) => [...reached(table)]));
for (const [, table] of exported.filter(([, table]) => meant.has(table)).sort(([, one], [, other]) => reached(one).size - reached(other).size)) {
  await pool.query(`truncate ${all.join(', ')} cascade`);
  const schema = Object.fromEntries(exported.filter(([, other]) => reached(table).has(other)));
  const started = performance.now();
  let error = null;
  try {
    await seed(db as never, schema, { count: Number(count), seed: 1 });
  } catch (failure: any) {
    error = String(failure.cause?.message ?? failure.message).split('\n')[0];
  }
  const seconds = (performance.now() - started) / 1000;
  const rows = error ? 0 : Number(count) * reached(table).size;
  console.log(JSON.stringify({ table: getTableName(table), tables: reached(table).size, columns: Object.keys(getTableColumns(table)).length, rows, seconds, error }));
}
await pool.end();
