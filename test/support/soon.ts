import { vi } from 'vitest';

/** Waits for what takes milliseconds; fails after ten seconds. */
export async function soon(probe: () => boolean | Promise<boolean>): Promise<void> {
  await vi.waitUntil(probe, { timeout: 10_000, interval: 5 });
}
