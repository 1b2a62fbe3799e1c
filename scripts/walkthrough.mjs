// `npm run walkthrough`: starts the product with `npm start` on a free port over a fresh folder and
// plays the README's walkthrough against it (scripts/walkthrough/play.mjs). Then starts it again.

import { readFileSync } from 'node:fs';
import path from 'node:path';
import { ROOT } from './toolchain.mjs';
import { play } from './walkthrough/play.mjs';
import { startProduct } from './walkthrough/product.mjs';

const HEADING = 'Walkthrough';
/** The address that the README talks to. */
const ADDRESS = 'http://127.0.0.1:8080';
/** What a second `npm start` may take. */
const AGAIN_WITHIN_MS = 3_000;

const totals = { passed: 0, failed: 0 };
const product = startProduct();
let stopping;
const stop = () => (stopping ??= product.stop());
for (const [signal, code] of [
  ['SIGINT', 130],
  ['SIGTERM', 143],
  ['SIGHUP', 129],
]) {
  process.on(signal, () => void stop().finally(() => process.exit(code)));
}

try {
  await product.ready;
  const markdown = readFileSync(path.join(ROOT, 'README.md'), 'utf8');
  const played = await play(markdown.replaceAll(ADDRESS, product.address), HEADING, (line) =>
    process.stdout.write(`README.md:${line}\n`),
  );
  totals.passed += played.passed;
  totals.failed += played.failed;
  const tookMs = Math.round(await product.restart());
  const isQuick = tookMs < AGAIN_WITHIN_MS;
  process.stdout.write(`ready again after ${tookMs} ms${isQuick ? '' : ', which is too late'}\n`);
  totals[isQuick ? 'passed' : 'failed']++;
} catch (error) {
  process.stdout.write(`${error.message}\n`);
  totals.failed++;
}
const stoppedCleanly = await stop();
if (!stoppedCleanly) process.stdout.write('The server did not stop cleanly\n');
totals[stoppedCleanly ? 'passed' : 'failed']++;
process.stdout.write(`walkthrough: ${totals.passed} passed, ${totals.failed} failed\n`);
process.exit(totals.failed > 0 ? 1 : 0);
