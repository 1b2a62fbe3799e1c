import { describe, expect, it } from 'vitest';
import { play } from './play.mjs';

/** A page with a block for each pair of commands and what is shown. */
function page(...blocks) {
  const text = blocks.map(([commands, shown]) =>
    ['```sh', commands, '```', ...(shown === undefined ? [] : ['```text', shown, '```'])].join(
      '\n',
    ),
  );
  return ['## Walkthrough', ...text].join('\n');
}

async function playAll(markdown, withinMs = 10_000) {
  const told = [];
  const totals = await play(markdown, 'Walkthrough', (line) => told.push(line), {
    blockWithinMs: withinMs,
  });
  return { ...totals, told };
}

describe('playing a walkthrough', () => {
  it('runs all blocks in one shell', async () => {
    const played = await playAll(page(['NAME=Ada'], ['echo "Hello $NAME"', 'Hello Ada']));
    expect(played).toMatchObject({ passed: 2, failed: 0 });
  });

  it('tells where and how the output differs, and goes on', async () => {
    const { told, ...totals } = await playAll(page(['echo 1', '2'], ['echo 3', '3']));
    expect(totals).toEqual({ passed: 1, failed: 1 });
    expect(told[0]).toMatch(/^2 NOT as shown: expected\n2\nbut it printed\n1/);
    expect(told[1]).toBe('8 ok');
  });

  it('fails a block whose last command fails, also when nothing is shown for it', async () => {
    const { told, failed } = await playAll(page(['echo oh no >&2; false']));
    expect(failed).toBe(1);
    expect(told[0]).toContain('it ended with 1:\noh no');
  });

  it('fails what follows a shell that was left', async () => {
    expect(await playAll(page(['exit 0'], ['echo 1', '1']))).toMatchObject({
      passed: 0,
      failed: 2,
    });
  });

  it('does not wait for a block that hangs', async () => {
    const { told, ...totals } = await playAll(page(['sleep 600'], ['echo 1', '1']), 500);
    expect(totals).toEqual({ passed: 0, failed: 2 });
    expect(told[0]).toContain('did not end within 0.5 s');
  });

  it('refuses a page without a block', async () => {
    await expect(playAll('# Nothing')).rejects.toThrow('There is no block under "Walkthrough"');
  });
});
