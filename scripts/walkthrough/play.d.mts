/** Types of `play.mjs`, for the tests that use it. */

export function play(
  markdown: string,
  heading: string,
  tell: (line: string) => void,
  options?: { blockWithinMs?: number; env?: NodeJS.ProcessEnv },
): Promise<{ passed: number; failed: number }>;
