import { spawn } from 'node:child_process';
import { describe, expect, it } from 'vitest';

const KEEP_AWAKE = new URL('./keep-awake.ts', import.meta.url).href;

/** Runs a program that waits on a timer which does not keep it alive; gives what it prints. */
async function run(wait: string): Promise<string> {
  const script = `import { keepAwake } from '${KEEP_AWAKE}';
    const sleep = () => new Promise((resolve) => setTimeout(resolve, 50).unref());
    void (${wait}).catch(() => undefined).then(() => console.log('ended'));`;
  const args = ['--experimental-transform-types', '--no-warnings', '--input-type=module'];
  const child = spawn(process.execPath, [...args, '-e', script]);
  let printed = '';
  child.stdout.on('data', (chunk) => (printed += String(chunk)));
  await new Promise((resolve) => child.once('close', resolve));
  return printed;
}

describe('keepAwake', () => {
  it('keeps a program alive until its work has ended, and no longer', async () => {
    expect(await run('sleep()')).toBe('');
    expect(await run('keepAwake(sleep)')).toBe('ended\n');
    expect(await run(`keepAwake(() => Promise.reject(new Error('no')))`)).toBe('ended\n');
  }, 60_000);
});
