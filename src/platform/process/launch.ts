import { spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { AppError } from '../errors/app-error.js';
import { MARK_VARIABLE } from './process-family.js';
import type { ProcessIdentity } from './process-source.js';
import { readStartTime } from './process-identity.js';
import type { ExitStatus } from './supervised-child.js';

export interface LaunchPlan {
  /** Program and arguments; no shell reads them. */
  readonly command: readonly string[];
  readonly cwd: string;
  /** All that the child gets of an environment, besides its mark. */
  readonly environment: Readonly<Record<string, string>>;
  readonly mark: string;
  /** Where its output is appended. */
  readonly logFile: string;
}

export interface Launched {
  readonly process: ProcessIdentity;
  readonly exited: Promise<ExitStatus>;
}

/**
 * Starts a process that leads a group and a session of its own and outlives this one.
 *
 * @param launched called in the very turn in which the process was started, with what it is
 * @throws AppError unavailable, when the program cannot be started
 */
export async function launch(
  { command, cwd, environment, mark, logFile }: LaunchPlan,
  launched: (process: ProcessIdentity) => void,
): Promise<Launched> {
  const [program = '', ...args] = command;
  const log = openSync(logFile, 'a', 0o600);
  try {
    const child = spawn(program, args, {
      cwd,
      env: { ...environment, [MARK_VARIABLE]: mark },
      detached: true,
      stdio: ['ignore', log, log],
    });
    child.unref();
    const { pid } = child;
    if (pid === undefined) throw await new Promise((resolve) => child.once('error', resolve));
    const exited = new Promise<ExitStatus>((resolve) => {
      child.once('exit', (code, signal) => resolve({ code, signal }));
    });
    // Before the next turn nobody has waited for it, so that the id is its own even if it died.
    const startTime = readStartTime(pid);
    if (startTime === undefined) throw new Error('its start time cannot be read');
    const identity = { pid, startTime };
    launched(identity);
    return { process: identity, exited };
  } catch (cause) {
    throw new AppError(
      'unavailable',
      'child_start_failed',
      `${program} could not be started in ${cwd}: ${(cause as Error).message}.`,
      { cause },
    );
  } finally {
    closeSync(log);
  }
}
