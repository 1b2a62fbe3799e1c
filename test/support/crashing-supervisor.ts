import childProcess from 'node:child_process';
import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';

// A control plane in small that starts one child and is killed by SIGKILL right after its n-th
// step that the world can see: a file written, a file renamed, a process started.
// Arguments: the child's folder, n, the child's program and arguments.

const [folder = '', step = '', ...command] = process.argv.slice(2);
let steps = 0;

function countStep(): void {
  steps++;
  if (steps === Number(step)) process.kill(process.pid, 'SIGKILL');
}

function dieAfter<A extends unknown[], R>(call: (...args: A) => R): (...args: A) => R {
  return (...args) => {
    const result = call(...args);
    countStep();
    return result;
  };
}

Object.assign(fs, {
  writeFileSync: dieAfter(fs.writeFileSync),
  renameSync: dieAfter(fs.renameSync),
});
Object.assign(childProcess, { spawn: dieAfter(childProcess.spawn) });
syncBuiltinESMExports();

const { ChildSupervisor } = await import('../../src/platform/process/child-supervisor.js');
const { SystemClock } = await import('../../src/platform/clock/system-clock.js');

const supervisor = new ChildSupervisor(new SystemClock(), () => undefined);
await supervisor.start({ folder, command, environment: {}, port: 24_000 });
process.kill(process.pid, 'SIGKILL');
