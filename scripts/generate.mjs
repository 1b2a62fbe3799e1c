// `npm run generate`: writes every file that is made from the sources. With `--check` it compares
// instead, names what is stale and exits with 1.

import { execFileSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { ensureReady, NODE, ROOT } from './toolchain.mjs';

const CLIENT = path.join('sdk', 'typescript');

await ensureReady();
const folder = mkdtempSync(path.join(tmpdir(), 'nexus-generated-'));
try {
  const made = [...(await makeDocuments()), ...makeClient()];
  process.exitCode = process.argv.includes('--check') ? check(made) : keep(made);
} finally {
  rmSync(folder, { recursive: true, force: true });
}

async function makeDocuments() {
  const generators = [
    await import('./generate/openapi.mjs'),
    await import('./generate/configuration.mjs'),
    await import('./generate/api-page.mjs'),
    await import('./generate/crds.mjs'),
    await import('./generate/chart.mjs'),
  ];
  const makers = Object.assign({}, ...generators.map(({ files }) => files));
  for (const [file, make] of Object.entries(makers)) {
    const target = path.join(folder, file);
    mkdirSync(path.dirname(target), { recursive: true });
    writeFileSync(target, await make());
  }
  return Object.keys(makers);
}

/** The TypeScript client, from the document that was just made. */
function makeClient() {
  const generator = path.join(ROOT, 'node_modules', '@hey-api', 'openapi-ts', 'bin', 'run.js');
  const args = ['-i', path.join(folder, 'docs', 'openapi.json'), '-o', path.join(folder, CLIENT)];
  execFileSync(NODE, [generator, ...args, '-c', '@hey-api/client-fetch', '--silent'], {
    cwd: ROOT,
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  return filesBelow(CLIENT);
}

function filesBelow(relative, root = folder) {
  if (!existsSync(path.join(root, relative))) return [];
  return readdirSync(path.join(root, relative), { withFileTypes: true }).flatMap((entry) => {
    const name = path.join(relative, entry.name);
    return entry.isDirectory() ? filesBelow(name, root) : [name];
  });
}

function keep(files) {
  rmSync(path.join(ROOT, CLIENT), { recursive: true, force: true });
  for (const file of files) {
    mkdirSync(path.dirname(path.join(ROOT, file)), { recursive: true });
    cpSync(path.join(folder, file), path.join(ROOT, file));
  }
  process.stdout.write(`${files.length} files written\n`);
  return 0;
}

function check(files) {
  const left = filesBelow(CLIENT, ROOT).filter((file) => !files.includes(file));
  const stale = files.filter((file) => read(ROOT, file) !== read(folder, file));
  for (const file of [...stale, ...left]) {
    process.stdout.write(`${file} is stale; run: npm run generate\n`);
  }
  return stale.length + left.length > 0 ? 1 : 0;
}

function read(root, file) {
  try {
    return readFileSync(path.join(root, file), 'utf8');
  } catch {
    return undefined;
  }
}
