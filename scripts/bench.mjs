// `npm run bench`: gets the checkout ready and measures it (`test/bench/main.ts`).

import { runProgram } from './toolchain/program.mjs';

await runProgram('test/bench/main.ts');
