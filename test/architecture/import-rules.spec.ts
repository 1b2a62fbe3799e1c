import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const run = promisify(execFile);

const UPWARDS = '../reconciliation/reconciliation.module.js';

interface Violation {
  from: string;
  rule: { name: string };
}

/** A file that breaks one rule, and the name of the rule. */
interface Plant {
  file: string;
  text: string;
  rule: string;
}

/** The names of the rules that are in force. */
const { forbidden } = createRequire(import.meta.url)('../../.dependency-cruiser.cjs') as {
  forbidden: readonly { name: string }[];
};
const RULES = forbidden.map(({ name }) => name);

/** Every feature, also one that is not there yet, must not reach up to the top of the house. */
const LAYERING = RULES.filter((name) => name.startsWith('layering-')).map((rule): Plant => {
  const feature = rule.replace('layering-', '');
  const above = feature === 'reconciliation' ? '../app.module.js' : UPWARDS;
  return {
    file: `src/${feature}/planted-layering.ts`,
    text: `import * as up from '${above}';\nexport const planted = up;\n`,
    rule,
  };
});

const PLANTED: readonly Plant[] = [
  ...LAYERING,
  {
    file: 'src/platform/planted.ts',
    text: `import { UsersService } from '../users/users.service.js';\nexport const planted = UsersService;\n`,
    rule: 'platform-knows-no-feature',
  },
  {
    file: 'src/config/planted.ts',
    text: `import { Logger } from '../platform/logging/logger.js';\nexport const planted = Logger;\n`,
    rule: 'config-knows-little',
  },
  {
    file: 'src/auth/planted-front.ts',
    text: `import { UsersRepository } from '../users/users.repository.js';\nexport const planted = UsersRepository;\n`,
    rule: 'features-through-their-front',
  },
  {
    file: 'src/planted-entry.ts',
    text: `import { UsersRepository } from './users/users.repository.js';\nexport const planted = UsersRepository;\n`,
    rule: 'entry-files-through-the-front',
  },
  {
    file: 'src/users/planted.service.ts',
    text: `import { DataSource } from 'typeorm';\nexport const planted = DataSource;\n`,
    rule: 'typeorm-stays-in',
  },
  {
    file: 'src/users/planted-cluster.ts',
    text: `import { KubeConfig } from '@kubernetes/client-node';\nexport const planted = KubeConfig;\n`,
    rule: 'kubernetes-client-stays-in',
  },
  {
    file: 'src/users/planted-metrics.ts',
    text: `import { Counter } from 'prom-client';\nexport const planted = Counter;\n`,
    rule: 'prometheus-stays-in',
  },
  {
    file: 'src/agents/planted-node.ts',
    text: `import { startNode } from '../node/start-node.js';\nexport const planted = startNode;\n`,
    rule: 'nobody-imports-the-node',
  },
  {
    file: 'src/node/planted.ts',
    text: `import { canonicalJson } from '../platform/json/canonical-json.js';\nexport const planted = canonicalJson;\n`,
    rule: 'the-node-imports-little',
  },
  {
    file: 'src/users/planted-cycle.ts',
    text: `import { other } from './planted-cycle-too.js';\nexport const planted = (): unknown => other;\n`,
    rule: 'no-cycles',
  },
  {
    file: 'src/users/planted-barrel.ts',
    text: `import { x } from './planted/index.js';\nexport const planted = x;\n`,
    rule: 'no-barrels',
  },
  {
    file: 'src/users/planted-test.ts',
    text: `import { ManualClock } from '../../test/support/manual-clock.js';\nexport const planted = ManualClock;\n`,
    rule: 'src-stands-alone',
  },
  {
    file: 'src/users/planted-package.ts',
    text: `import fc from 'fast-check';\nexport const planted = fc;\n`,
    rule: 'only-declared-packages',
  },
  {
    file: 'src/users/planted-missing.ts',
    text: `import { x } from './not-there.js';\nexport const planted = x;\n`,
    rule: 'only-what-exists',
  },
];

describe('the import rules', () => {
  let folder = '';
  let violations: Violation[] = [];
  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'nexus-planted-'));
    for (const name of [
      'src',
      'test',
      '.dependency-cruiser.cjs',
      'tsconfig.json',
      'package.json',
    ]) {
      await cp(name, path.join(folder, name), { recursive: true });
    }
    await symlink(path.resolve('node_modules'), path.join(folder, 'node_modules'));
    await mkdir(path.join(folder, 'src/users/planted'));
    await writeFile(path.join(folder, 'src/users/planted/index.ts'), 'export const x = 1;\n');
    await writeFile(
      path.join(folder, 'src/users/planted-cycle-too.ts'),
      `import { planted } from './planted-cycle.js';\nexport const other = (): unknown => planted;\n`,
    );
    for (const { file, text } of PLANTED) {
      await mkdir(path.dirname(path.join(folder, file)), { recursive: true });
      await writeFile(path.join(folder, file), text);
    }
    violations = await cruise(folder);
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  it('are all planted against', () => {
    expect(PLANTED.map(({ rule }) => rule).sort()).toEqual([...RULES].sort());
  });

  it.each(PLANTED.map(({ file, rule }) => [rule, file]))('%s catches %s', (rule, file) => {
    const caught = violations.filter(({ from }) => from === file).map((one) => one.rule.name);
    const names = rule === 'no-cycles' ? violations.map((one) => one.rule.name) : caught;
    expect(names).toContain(rule);
  });

  it('catch nothing but what was planted', () => {
    expect(violations.filter(({ from }) => !from.includes('planted'))).toEqual([]);
  });
});

/** Runs the import check in a folder; it exits with the number of errors. */
async function cruise(folder: string): Promise<Violation[]> {
  const program = path.resolve('node_modules/dependency-cruiser/bin/dependency-cruiser.mjs');
  const args = [program, '--config', '.dependency-cruiser.cjs', '--output-type', 'json', 'src'];
  const options = { cwd: folder, maxBuffer: 256 * 1024 * 1024 };
  const stdout = await run(process.execPath, args, options).then(
    (done) => done.stdout,
    (error: { stdout: string }) => error.stdout,
  );
  const { summary } = JSON.parse(stdout) as { summary: { violations: Violation[] } };
  return summary.violations;
}
