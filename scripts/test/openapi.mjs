// Lints API documents with Redocly; fails on any warning. Without arguments: those of `docs/`.

import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { ROOT } from '../toolchain.mjs';

const LINTER = path.join(ROOT, 'node_modules', '@redocly', 'cli', 'bin', 'cli.js');
const DOCUMENTS = ['docs/openapi.json', 'docs/openapi-3.0.json'];

const given = process.argv.slice(2);
const documents = given.length > 0 ? given : DOCUMENTS;
const args = [LINTER, 'lint', ...documents, '--config', path.join(ROOT, 'redocly.yaml')];
const { status } = spawnSync(process.execPath, args, {
  cwd: ROOT,
  stdio: 'inherit',
  // It looks for news of itself otherwise.
  env: { ...process.env, REDOCLY_TELEMETRY: 'off', REDOCLY_SUPPRESS_UPDATE_NOTICE: 'true' },
});
process.exit(status ?? 1);
