// `node scripts/keep-release.mjs`: keeps what upgrades of later versions begin with, from a checkout
// without changes (`test/fixtures/keep-release.ts`).

import { runProgram } from './toolchain/program.mjs';

await runProgram('test/fixtures/keep-release.ts');
