import { expect, it } from 'vitest';
import { files } from './openapi.mjs';

it('makes the same documents again, whatever was made before', async () => {
  const makers = Object.values(files);
  const first = [];
  for (const make of makers) first.push(await make());
  const second = [];
  for (const make of makers.toReversed()) second.unshift(await make());
  expect(second).toEqual(first);
});
