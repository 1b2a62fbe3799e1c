/**
 * The rank (0 is the smallest) of a percentile among so many values, by the nearest-rank method;
 * undefined among none.
 */
export function rankOf(total: number, share: number): number | undefined {
  return total === 0 ? undefined : Math.max(0, Math.ceil(total * share) - 1);
}

/** Counts tool calls by name; each row is a JSON array of names. */
export function countTools(rows: readonly string[]): Record<string, number> {
  const counts = new Map<string, number>();
  for (const row of rows) {
    for (const name of JSON.parse(row) as string[]) counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  return Object.fromEntries([...counts].sort(([a], [b]) => (a < b ? -1 : 1)));
}
