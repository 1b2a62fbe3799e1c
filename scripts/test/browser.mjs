// Gets a browser once, before the tests that drive it; says why when it is not to be had.

import { chromium } from '../../test/support/chromium.ts';

const file = await chromium();
process.stdout.write(typeof file === 'string' ? `${file}\n` : `missing: ${file.skip}\n`);
