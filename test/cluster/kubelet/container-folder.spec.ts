import { expect, it } from 'vitest';
import { containerFolder } from './container-folder.js';
import type { Pod } from './pod.types.js';

const PLACES = { volume: (name: string) => `/pod/volumes/${name}`, root: '/pod/root' };

function mounted(...volumeMounts: { name: string; mountPath: string; subPath?: string }[]): Pod {
  return { spec: { containers: [{ name: 'node', image: 'any', volumeMounts }] } } as unknown as Pod;
}

it.each([
  ['nothing', mounted(), '/pod/root/etc/astromesh'],
  ['a neighbour', mounted({ name: 'a', mountPath: '/etc/astro' }), '/pod/root/etc/astromesh'],
  ['itself', mounted({ name: 'a', mountPath: '/etc/astromesh' }), '/pod/volumes/a'],
  ['its parent', mounted({ name: 'a', mountPath: '/etc' }), '/pod/volumes/a/astromesh'],
  [
    'both',
    mounted({ name: 'a', mountPath: '/etc' }, { name: 'b', mountPath: '/etc/astromesh' }),
    '/pod/volumes/b',
  ],
  [
    'a part of a volume',
    mounted({ name: 'a', mountPath: '/etc/astromesh', subPath: 'x' }),
    '/pod/volumes/a/x',
  ],
])('a folder of a container with %s mounted', (_, pod, folder) => {
  expect(containerFolder(pod, '/etc/astromesh', PLACES)).toBe(folder);
});
