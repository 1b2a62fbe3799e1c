import { runNode } from './children.mjs';

/** Runs one check of the tree, and shows its output in one piece. It counts as one test. */
export async function runCheck(name, args) {
  const { code, said } = await runNode(args, { output: 'keep' });
  process.stdout.write(`\n== ${name}\n${said.trimEnd()}\n`);
  const failed = code === 0 ? 0 : 1;
  return { passed: 1 - failed, failed, skipped: 0 };
}
