/** The program of the machine that enforces NetworkPolicies, put to sleep and woken. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { MachineFacts } from './machine.js';

const nft = async (...args: string[]): Promise<string> =>
  (await promisify(execFile)('nft', args)).stdout;

const TABLE = ['inet', 'netpol'];
const HOOKS = ['forward', 'input'];

/**
 * Does something on a machine whose network lets everything pass, as one without such a program does;
 * all policies hold again afterwards.
 *
 * @param processes of the machine
 */
export async function withoutPolicies<T>(
  { netpol: engine }: MachineFacts['processes'],
  action: () => Promise<T>,
): Promise<T> {
  if (engine === undefined) throw new Error('Nothing enforces policies here');
  process.kill(engine, 'SIGSTOP');
  const openings = [];
  try {
    for (const hook of HOOKS) openings.push([hook, await open(hook)] as const);
    return await action();
  } finally {
    for (const [hook, handle] of openings) {
      await nft('delete', 'rule', ...TABLE, hook, 'handle', handle);
    }
    process.kill(engine, 'SIGCONT');
  }
}

/** Lets all packets pass a hook; returns the handle of the rule that does. */
async function open(hook: string): Promise<string> {
  const said = await nft('--echo', '--handle', 'insert', 'rule', ...TABLE, hook, 'accept');
  const [, handle] = /# handle (\d+)/.exec(said) ?? [];
  if (handle === undefined) throw new Error(`nft told no handle: ${said}`);
  return handle;
}
