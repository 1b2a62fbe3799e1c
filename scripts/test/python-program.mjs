// Gets the real node once, before the tests that run on it; says why when it is not to be had.

import { realNodeCommand } from '../../test/support/real-node.ts';

const command = await realNodeCommand();
process.stdout.write(typeof command === 'string' ? `${command}\n` : `missing: ${command.skip}\n`);
