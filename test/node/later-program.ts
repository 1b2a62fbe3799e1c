/** Programs with migrations that no image has: what the next versions may bring. */
import { readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { stringify } from 'yaml';
import type { Install } from './install.js';

const NAME = 'later-program';
const FOLDER = '/opt/later';
const FILES = ['first', 'second'] as const;

/** Up to which of them. */
export type LaterProgram = (typeof FILES)[number];

/** Makes what such programs are loaded from; gives the values of the chart that choose one. */
export async function giveLaterPrograms({
  cluster,
  place: { namespace },
}: Install): Promise<(program: LaterProgram) => Promise<string[]>> {
  const files = FILES.map((name) => [`${name}.mjs`, read(`${name}.mjs`)]);
  await cluster.admin.apply({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { namespace, name: NAME },
    data: Object.fromEntries(files),
  });
  return async (program) => {
    const values = {
      extraEnv: [{ name: 'NODE_OPTIONS', value: `--import ${FOLDER}/${program}.mjs` }],
      extraVolumes: [{ name: NAME, configMap: { name: NAME } }],
      extraVolumeMounts: [{ name: NAME, mountPath: FOLDER, readOnly: true }],
    };
    const file = path.join(cluster.facts.folder, `${namespace}.${program}.yaml`);
    await writeFile(file, stringify(values));
    return ['--values', file];
  };
}

function read(name: string): string {
  return readFileSync(new URL(`later/${name}`, import.meta.url), 'utf8');
}
