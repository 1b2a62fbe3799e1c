/**
 * Does `work` and keeps the program alive meanwhile: neither children nor the clock's timers do,
 * and a program that waits for nothing else would end in the middle.
 */
export async function keepAwake<T>(work: () => Promise<T>): Promise<T> {
  const hold = setInterval(() => undefined, 60_000);
  try {
    return await work();
  } finally {
    clearInterval(hold);
  }
}
