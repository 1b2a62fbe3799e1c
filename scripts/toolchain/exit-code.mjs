import { constants } from 'node:os';

/** What a shell would report for a process that ended with this code or by this signal. */
export function exitCodeOf(code, signal) {
  return code ?? 128 + (constants.signals[signal] ?? 1);
}
