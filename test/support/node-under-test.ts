import { realNodeCommand } from './python-programs.js';

/** Which astromesh-node the tests run on: the reference node, or with `TEST_NODE=real` the real one. */
export const NODE_UNDER_TEST = process.env['TEST_NODE'] === 'real' ? 'real' : 'reference';

/** The value of `NEXUS_NODE_COMMAND`; undefined for the reference node. */
export async function nodeCommandUnderTest(): Promise<string | undefined> {
  if (NODE_UNDER_TEST === 'reference') return undefined;
  const command = await realNodeCommand();
  if (typeof command === 'string') return command;
  throw new Error(`The real node is missing: ${command.skip}`);
}
