/** What a bench measured, and what it must reach. */

/** A bound of a value; both ends belong to it. */
export type Target = { atLeast: number } | { atMost: number };

/** One line of the table. */
export interface Measured {
  /** What was measured: the name of the row, and of the part when a row has several. */
  name: string;
  value: number;
  unit: string;
  target?: Target;
}

/** A line of the file that `--json` writes. */
export interface Reported {
  name: string;
  value: number;
  unit: string;
  /** For example `>= 0.45`; null for what is shown for orientation. */
  target: string | null;
  ok: boolean;
}

/** A line as it is reported: rounded, and held to its target. */
export function reported({ name, value, unit, target }: Measured): Reported {
  return {
    name,
    value: rounded(value),
    unit,
    target: targetText(target),
    ok: meets(value, target),
  };
}

function meets(value: number, target: Target | undefined): boolean {
  if (target === undefined) return true;
  return 'atLeast' in target ? value >= target.atLeast : value <= target.atMost;
}

function targetText(target: Target | undefined): string | null {
  if (target === undefined) return null;
  return 'atLeast' in target ? `>= ${target.atLeast}` : `<= ${target.atMost}`;
}

/** Three digits are what a run can be trusted with. */
function rounded(value: number): number {
  return Number(value.toPrecision(3));
}

/** The value below which this share of them lies; NaN of none. */
export function percentile(values: ArrayLike<number>, share: number): number {
  const sorted = Array.from(values).toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN;
}

/** A table for people, one column for every database. */
export function table(columns: ReadonlyMap<string, readonly Reported[]>): string {
  const names = [...new Set([...columns.values()].flat().map(({ name }) => name))];
  const heads = [...columns.keys()].flatMap((database) => [database, 'target', '']);
  const lines = names.map((name) => [
    name,
    ...[...columns.values()].flatMap((rows) => cells(rows.find((row) => row.name === name))),
  ]);
  return aligned([['work', ...heads], ...lines]);
}

function cells(row: Reported | undefined): string[] {
  if (row === undefined) return ['–', '', ''];
  const verdict = row.target === null ? '' : row.ok ? 'ok' : 'MISSED';
  return [`${row.value} ${row.unit}`.trim(), row.target ?? '', verdict];
}

function aligned(lines: readonly (readonly string[])[]): string {
  const widths = (lines[0] ?? []).map((_, column) =>
    Math.max(...lines.map((line) => line[column]?.length ?? 0)),
  );
  return lines
    .map((line) =>
      line
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}
