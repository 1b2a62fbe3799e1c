import { randomBytes } from 'node:crypto';
import {
  cpSync,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';

// The folder of one local node: `token` (0600), `agents/`, `node.log`, `child.json`, and whatever
// the node itself keeps there.

const TOKEN_BYTES = 32;

/** Where the folders of all nodes are. */
export function nodesFolder(dataDir: string): string {
  return path.join(dataDir, 'nodes');
}

/** Makes the folder when it is absent, with a copy of the template in it. */
export function ensureNodeFolder(folder: string, templateDir: string | undefined): void {
  if (!existsSync(folder)) {
    const draft = `${folder}.new`;
    rmSync(draft, { recursive: true, force: true });
    mkdirSync(draft, { recursive: true, mode: 0o700 });
    if (templateDir !== undefined) cpSync(templateDir, draft, { recursive: true });
    renameSync(draft, folder);
  }
  mkdirSync(path.join(folder, 'agents'), { recursive: true });
  ensureToken(folder);
}

/** The token that the node asks for; undefined before the folder was made. */
export function readToken(folder: string): string | undefined {
  try {
    return readFileSync(path.join(folder, 'token'), 'utf8').trim() || undefined;
  } catch {
    return undefined;
  }
}

/** Removes the folder of a node with all that is in it, if it is there. */
export function removeNodeFolder(folder: string): void {
  rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
}

function ensureToken(folder: string): void {
  if (readToken(folder) !== undefined) return;
  const file = path.join(folder, 'token');
  writeFileSync(`${file}.new`, randomBytes(TOKEN_BYTES).toString('base64url'), { mode: 0o600 });
  renameSync(`${file}.new`, file);
}
