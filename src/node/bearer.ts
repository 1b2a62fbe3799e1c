import { createHash, timingSafeEqual } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** Decides whether an `Authorization` header may pass. */
export type Doorman = (authorization: string | undefined) => boolean;

/**
 * Reads `{dir}/token` once. Without that file everybody may pass; with it only
 * `Bearer <token>`.
 *
 * @throws Error when the file is there but empty or unreadable: an open node would be the worse
 *   mistake
 */
export async function openDoor(dir: string): Promise<Doorman> {
  const token = await readToken(join(dir, 'token'));
  if (token === undefined) return () => true;
  if (token === '') throw new Error('the token file is empty');
  const wanted = digest(`Bearer ${token}`);
  // Digests are of one length, which the constant-time comparison needs.
  return (authorization) => timingSafeEqual(digest(authorization ?? ''), wanted);
}

async function readToken(path: string): Promise<string | undefined> {
  try {
    return (await readFile(path, 'utf8')).trim();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
