// Plays a walkthrough: each `sh` block is run in one shell, in order; a `json` or `text` block right
// after it is what it must print, ids, times and tokens masked.

import { blocksOf, difference } from './blocks.mjs';
import { openShell } from './shell.mjs';

const BLOCK_WITHIN_MS = 60_000;

/**
 * Plays every block under a heading.
 *
 * @param options `blockWithinMs`, which one may take; `env` of the shell
 * @param tell is given one text a block: its line number, and `ok` or what went otherwise
 * @returns how many blocks did what is shown, and how many did not
 * @throws Error when there is no block
 */
export async function play(markdown, heading, tell, options = {}) {
  const { blockWithinMs = BLOCK_WITHIN_MS, env } = options;
  const blocks = blocksOf(markdown, heading);
  if (blocks.length === 0) throw new Error(`There is no block under "${heading}"`);
  const shell = openShell(env);
  const totals = { passed: 0, failed: 0 };
  try {
    for (const { commands, expected, line } of blocks) {
      const { output, fault = difference(expected, output) } = await shell.run(
        commands,
        blockWithinMs,
      );
      totals[fault === undefined ? 'passed' : 'failed']++;
      tell(`${line} ${fault === undefined ? 'ok' : `NOT as shown: ${fault}`}`);
    }
  } finally {
    shell.close();
  }
  return totals;
}
