/** What may befall the process of a tenant's node. */
import { globSync, readFileSync } from 'node:fs';
import type { Install } from './install.js';
import { type Place, runIn } from './prober.js';
import type { NodePod } from './tenant-node.js';

/**
 * Has the node's own process take memory without end, through the debugger that Node opens at a
 * signal: what some other process takes is that one's end alone.
 */
const EAT = `
  process.kill(1, 'SIGUSR1');
  const expression = 'globalThis.eaten = []; setInterval(() => eaten.push(Buffer.alloc(2 ** 23, 1)), 50); 0';
  const debuggerUrl = async () => {
    const answer = await fetch('http://127.0.0.1:9229/json/list').catch(() => undefined);
    if (answer !== undefined) return (await answer.json())[0].webSocketDebuggerUrl;
    await new Promise((resolve) => setTimeout(resolve, 50));
    return debuggerUrl();
  };
  debuggerUrl().then((url) => {
    const socket = new WebSocket(url);
    const body = { id: 1, method: 'Runtime.evaluate', params: { expression } };
    socket.onopen = () => socket.send(JSON.stringify(body));
    socket.onmessage = ({ data }) => { console.log(data); process.exit(); };
  });`;

export async function eatMemory(install: Install, place: Place): Promise<void> {
  await runIn(install, place, EAT);
}

/** Kills the first process of a pod's container, as the kernel would. */
export function killNode({ status }: NodePod): void {
  const id = (status.containerStatuses[0]?.containerID ?? '').replace(/^.*\/\//, '');
  if (id === '') throw new Error('The pod has no container');
  for (const folder of globSync('/proc/[0-9]*')) {
    const pid = firstIn(folder, id);
    if (pid !== undefined) {
      process.kill(pid, 'SIGKILL');
      return;
    }
  }
  throw new Error(`No process is the first one of the container ${id}`);
}

function firstIn(folder: string, container: string): number | undefined {
  try {
    if (!readFileSync(`${folder}/cgroup`, 'utf8').includes(container)) return undefined;
    const [, ids = ''] = /^NSpid:\s*(.*)$/m.exec(readFileSync(`${folder}/status`, 'utf8')) ?? [];
    const all = ids.split(/\s+/);
    return all.length > 1 && all.at(-1) === '1' ? Number(all[0]) : undefined;
  } catch {
    // It has ended meanwhile.
    return undefined;
  }
}
