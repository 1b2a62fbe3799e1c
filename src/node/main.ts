import { SystemClock } from '../platform/clock/system-clock.js';
import { readNodeSettings, type NodeSettings } from './node.config.js';
import { NodeLog } from './node.log.js';
import { startNode, type RunningNode } from './start-node.js';

const STOP_SIGNALS = ['SIGTERM', 'SIGINT'] as const;

const clock = new SystemClock();
const log = new NodeLog(clock, (line) => process.stdout.write(line));

/** A reader of the log that went away must not end the node. */
process.stdout.on('error', () => undefined);
process.on('uncaughtException', (error) => fail('node failed', error));

try {
  const settings = readNodeSettings(process.argv.slice(2));
  const node = await startNode(settings, clock, log);
  for (const signal of STOP_SIGNALS) process.on(signal, () => void stop(node, signal));
  announce(node, settings);
  await node.ready;
  log.info('agents loaded');
} catch (error) {
  fail('node could not start', error);
}

function announce(node: RunningNode, { host, dir, role, memoryMb }: NodeSettings): void {
  const { url, port } = node;
  log.info('node listening', { url, host, port, dir, role, memoryMb, pid: process.pid });
}

async function stop(node: RunningNode, signal: string): Promise<void> {
  await node.close();
  log.info('node stopped', { signal });
  process.exit(0);
}

function fail(message: string, error: unknown): never {
  log.error(message, { error: error instanceof Error ? error.message : String(error) });
  process.exit(1);
}
