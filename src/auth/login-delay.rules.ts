/** Anybody may mistype so often. */
const FREE = 3;
const FIRST_DELAY_MS = 250;
const LONGEST_DELAY_MS = 4_000;

/** How long an attempt waits before it is looked at; `recent` counts it and the failures before. */
export function delayMs(recent: number): number {
  if (recent <= FREE) return 0;
  return Math.min(FIRST_DELAY_MS * 2 ** (recent - FREE - 1), LONGEST_DELAY_MS);
}
