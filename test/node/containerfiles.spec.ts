import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { hadolint } from '../support/python-programs.js';

const FILES = ['Containerfile', 'Containerfile.node', 'test/node/images/astromesh.Containerfile'];

it('the files of the images are as a linter wants them', async () => {
  const linter = await hadolint();
  if (typeof linter !== 'string') throw new Error(linter.skip);
  const lint = promisify(execFile)(linter, FILES).catch((error: { stdout: string }) => error);
  expect((await lint).stdout).toBe('');
});
