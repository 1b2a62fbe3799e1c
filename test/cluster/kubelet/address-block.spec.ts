import { expect, it } from 'vitest';
import { AddressBlock } from './address-block.js';

const taken = new Set<string>();

/** As somebody who listens: each address once. */
async function listen(address: string): Promise<string> {
  if (taken.has(address)) throw Object.assign(new Error('taken'), { code: 'EADDRINUSE' });
  taken.add(address);
  return address;
}

it('is taken by one kubelet alone', async () => {
  const first = await AddressBlock.take(listen);
  const second = await AddressBlock.take(listen);
  expect([first.taken, second.taken]).toEqual(['10.200.0.1', '10.200.16.1']);
  expect(second.block.take()).toBe('10.200.16.2');
});

it('uses an address again as late as possible', async () => {
  const { block } = await AddressBlock.take(listen);
  const first = block.take();
  block.giveBack(first);
  expect(block.take()).not.toBe(first);
  for (let i = 0; i < 4092; i++) block.take();
  expect(block.take()).toBe(first);
  expect(() => block.take()).toThrow(/no more addresses/);
});

it('is refused for any other reason than that it is taken', async () => {
  await expect(AddressBlock.take(() => Promise.reject(new Error('no')))).rejects.toThrow('no');
});
