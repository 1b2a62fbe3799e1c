// `npm run soak`: gets the checkout ready and kills the server again and again
// (`test/soak/main.ts`).

import { runProgram } from './toolchain/program.mjs';

await runProgram('test/soak/main.ts');
