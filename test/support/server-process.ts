/** The built server as a process that is run to its end. */
import { spawn } from 'node:child_process';
import { tmpdir } from 'node:os';
import { SERVER } from './server.js';

export interface Ended {
  code: number | null;
  /** What it said, the error stream included. */
  output: string;
}

export interface RunOptions {
  /** It is told to stop when it has said this. */
  until?: RegExp;
  /** Where it runs. */
  cwd?: string;
}

/** Runs the server with these settings alone. */
export function runServer(
  settings: Record<string, string>,
  { until = /$never/, cwd = tmpdir() }: RunOptions = {},
): Promise<Ended> {
  const { PATH = '', HOME = '' } = process.env;
  const child = spawn(process.execPath, [SERVER], { cwd, env: { PATH, HOME, ...settings } });
  let output = '';
  const add = (data: Buffer): void => {
    output += data.toString();
    if (until.test(output)) child.kill('SIGTERM');
  };
  child.stdout.on('data', add);
  child.stderr.on('data', add);
  return new Promise((resolve) => child.once('close', (code) => resolve({ code, output })));
}
