// Gets a program of PyPI once, before the tests that run on it; says why when it is not to be had.
// Argument: `real-node` or `fuzzer`.

import { fuzzerPython, realNodeCommand } from '../../test/support/python-programs.ts';

const found = await { 'real-node': realNodeCommand, fuzzer: fuzzerPython }[process.argv[2]]();
process.stdout.write(typeof found === 'string' ? `${found}\n` : `missing: ${found.skip}\n`);
