import { vi } from 'vitest';

/** Waits for what takes milliseconds; fails after five seconds. */
export async function soon(probe: () => boolean | Promise<boolean>): Promise<void> {
  await vi.waitUntil(probe, { timeout: 5_000, interval: 5 });
}
