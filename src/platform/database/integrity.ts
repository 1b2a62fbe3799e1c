import { readShapes } from './catalog.js';
import { quoted, type Snapshot } from './snapshot.js';

/** Checks the storage itself, and that no row holds a key of one that is not there. */
export async function checkStorage(
  snapshot: Snapshot,
  tables: readonly string[],
): Promise<string[]> {
  return [...(await damage(snapshot)), ...(await orphans(snapshot, tables))];
}

async function damage(snapshot: Snapshot): Promise<string[]> {
  if (snapshot.dialect !== 'sqlite') return [];
  const rows = await snapshot.query('PRAGMA integrity_check');
  const said = rows.map((row) => String(row['integrity_check']));
  return said
    .filter((line) => line !== 'ok')
    .map((line) => `The database file is damaged: ${line}.`);
}

async function orphans(snapshot: Snapshot, tables: readonly string[]): Promise<string[]> {
  const found: string[] = [];
  for (const { name, foreignKeys } of await readShapes(snapshot, tables)) {
    for (const { column, table, target } of foreignKeys) {
      const key = `child.${quoted(column)}`;
      const [row] = await snapshot.query(
        `SELECT COUNT(*) AS count FROM ${quoted(name)} child
         LEFT JOIN ${quoted(table)} parent ON parent.${quoted(target)} = ${key}
         WHERE ${key} IS NOT NULL AND parent.${quoted(target)} IS NULL`,
      );
      const count = Number(row?.['count']);
      if (count > 0) {
        found.push(`In ${count} row(s) of ${name} ${column} names no row of ${table}.`);
      }
    }
  }
  return found;
}
