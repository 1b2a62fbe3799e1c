/** `nexus-admin` as a real process, with the settings of a server. */
import { spawn } from 'node:child_process';

export interface Ended {
  code: number | null;
  stdout: string;
  stderr: string;
}

/** Runs a command to its end, or kills it after so many milliseconds. */
export function nexusAdmin(
  settings: Readonly<Record<string, string>>,
  args: readonly string[],
  input = '',
  killAfterMs?: number,
): Promise<Ended> {
  const { PATH = '', HOME = '' } = process.env;
  const child = spawn(process.execPath, ['dist/cli/main.js', ...args], {
    env: { PATH, HOME, ...settings },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  let [stdout, stderr] = ['', ''];
  child.stdout.on('data', (data: Buffer) => (stdout += data.toString()));
  child.stderr.on('data', (data: Buffer) => (stderr += data.toString()));
  // A command that does not read may be gone already.
  child.stdin.on('error', () => undefined);
  child.stdin.end(input);
  if (killAfterMs !== undefined) {
    const timer = setTimeout(() => child.kill('SIGKILL'), killAfterMs);
    child.once('close', () => clearTimeout(timer));
  }
  return new Promise((resolve) => child.once('close', (code) => resolve({ code, stdout, stderr })));
}
