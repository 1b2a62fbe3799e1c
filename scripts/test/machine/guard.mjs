// Outlives own-machine.mjs, in a group of its own, and puts the machine back where that was killed
// before it could. It is told on its input which folder is meant; the input ends with the other.

import { withLock } from '../../toolchain/lock.mjs';
import { LOCK, remembered, tidy } from './state-file.mjs';

let folder = '';
process.stdin.setEncoding('utf8');
for await (const text of process.stdin) folder += text;

if (isOurs(remembered())) {
  await withLock(LOCK, async () => {
    // Somebody may have come between, and done it.
    const state = remembered();
    if (isOurs(state)) await tidy(state);
  });
}

function isOurs(state) {
  return state !== undefined && state.folder === folder;
}
