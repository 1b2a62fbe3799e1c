// `npm run bench:cluster`: gets the checkout ready and measures it beside a control plane
// (`test/bench/cluster/main.ts`).

import { runProgram } from './toolchain/program.mjs';

await runProgram('test/bench/cluster/main.ts', { ownNetwork: true });
