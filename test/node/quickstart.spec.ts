/** What the pages tell a user to do first, word for word, with the one install of the machine. */
import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { blocksOf } from '../../scripts/walkthrough/blocks.mjs';
import { play } from '../../scripts/walkthrough/play.mjs';
import { until } from '../support/until.js';
import { Install, NAMESPACE } from './install.js';

const README = readFileSync('README.md', 'utf8');
const QUICKSTART = readFileSync('docs/quickstart-kind.md', 'utf8');
const FIRST_STEPS = 'First steps';

let install: Install;
let env: NodeJS.ProcessEnv;
let secondTerminal: ChildProcess;

beforeAll(async () => {
  install = await Install.ensure();
  env = {
    ...process.env,
    KUBECONFIG: install.cluster.facts.adminKubeconfig,
    PATH: `${path.dirname(install.kubectlProgram)}:${process.env['PATH']}`,
  };
  secondTerminal = spawn('bash', ['-c', `exec ${portForward()}`], { env, stdio: 'ignore' });
  await until('the API is forwarded', () =>
    fetch('http://127.0.0.1:8080/readyz').then(
      ({ ok }) => ok,
      () => false,
    ),
  );
});

afterAll(async () => {
  secondTerminal?.kill();
  for (const file of ['samples/support.yaml']) {
    await install?.kubectl('delete', '--wait=false', '-f', file);
  }
});

/** The command that the page wants in a second terminal. */
function portForward(): string {
  const found = blocksOf(QUICKSTART, FIRST_STEPS).find(({ commands }) => isForward(commands));
  if (found === undefined) throw new Error('The page does not say how the API is reached');
  return found.commands;
}

function isForward(commands: string): boolean {
  return commands.startsWith(`kubectl -n ${NAMESPACE} port-forward`);
}

async function expectPlayed(markdown: string, heading: string): Promise<void> {
  const told: string[] = [];
  const tell = (line: string): void => void told.push(line);
  const played = await play(markdown, heading, tell, { env, blockWithinMs: 150_000 });
  expect(played.failed, told.join('\n')).toBe(0);
}

it('the first steps of the page about a laptop do what it says', async () => {
  const page = QUICKSTART.replace(`\`\`\`sh\n${portForward()}\n\`\`\`\n`, '');
  expect(blocksOf(page, FIRST_STEPS)).toHaveLength(2);
  await expectPlayed(page, FIRST_STEPS);
});

it('the walkthrough goes from an account to an agent that answers', async () => {
  await expectPlayed(README, 'Walkthrough');
});
