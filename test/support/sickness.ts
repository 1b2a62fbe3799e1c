/** What a sick node does, and how a test tells it to; `sick-node.ts` does it. */
import { readFile, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { TestServer } from './server.js';

/**
 * At a request: `hung` never answers, `slow` answers late, `html` as a web server would, `cut` hangs
 * up within the answer, `long` tells a larger `Content-Length` than it sends, `short` a smaller one,
 * `large` answers with 50 MB, `flood` sends frames without end to whoever opens a WebSocket.
 * By itself: `chatty` logs a thousand lines a second. When it starts: `crash` ends, `deaf` does
 * nothing.
 */
export type SicknessKind =
  | 'hung'
  | 'slow'
  | 'html'
  | 'cut'
  | 'long'
  | 'short'
  | 'large'
  | 'flood'
  | 'chatty'
  | 'crash'
  | 'deaf';

export interface Sickness {
  kind: SicknessKind;
  /** A pattern of the paths that it is about; all when left out. */
  only?: string;
  /** How late it answers when it is slow. */
  ms?: number;
  /** What its log lines name when it is chatty. */
  agent?: string;
}

/** What a node tells of those it serves while it is sick. */
export interface SickState {
  /** Requests and WebSockets that are open. */
  open: number;
  /** Bytes of frames that it was able to send. */
  sentBytes: number;
}

export const SICKNESS_FILE = 'sickness.json';
export const STATE_FILE = 'sick-state.json';

/** The value of `NEXUS_NODE_COMMAND` for reference nodes that can be made sick. */
export function sickNodeCommand(): string {
  const sick = path.resolve('test/support/sick-node.ts');
  const entry = path.resolve('dist/node/main.js');
  const options = '--host {host} --port {port} --dir {dir}';
  return `'${process.execPath}' --no-warnings --import '${sick}' '${entry}' ${options}`;
}

/** Makes the node of a tenant sick at once; `undefined` cures it. */
export async function makeSick(
  server: TestServer,
  crName: string,
  sickness: Sickness | undefined,
): Promise<void> {
  const file = path.join(server.nodeFolder(crName), SICKNESS_FILE);
  if (sickness === undefined) {
    await rm(file, { force: true });
    return;
  }
  await writeFile(`${file}.new`, JSON.stringify(sickness));
  await rename(`${file}.new`, file);
}

/** What a node tells; nothing is open on one that was never sick. */
export async function sickState(server: TestServer, crName: string): Promise<SickState> {
  try {
    const text = await readFile(path.join(server.nodeFolder(crName), STATE_FILE), 'utf8');
    return JSON.parse(text) as SickState;
  } catch {
    return { open: 0, sentBytes: 0 };
  }
}
