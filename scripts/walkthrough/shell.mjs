import { spawn } from 'node:child_process';
import { ROOT } from '../toolchain.mjs';

/**
 * Opens one shell for many blocks of commands, so that variables and functions last. One that hangs
 * or ends fails its block and all that follow.
 *
 * @param env its environment: that of this process when left out
 */
export function openShell(env = process.env) {
  // A group of its own, so that what hangs in it can be ended with it.
  const bash = spawn('bash', ['--noprofile', '--norc'], { cwd: ROOT, detached: true, env });
  let text = '';
  let heard = () => undefined;
  let dead;
  const end = (reason) => {
    dead ??= reason;
    heard();
  };
  bash.stdout.on('data', (data) => {
    text += data;
    heard();
  });
  bash.stdin.on('error', () => end('the shell is gone'));
  bash.once('error', (error) => end(`there is no bash: ${error.message}`));
  bash.once('close', () => end('the shell has ended'));
  // One pipe for both, so that what is printed last is read last.
  bash.stdin.write('exec 2>&1\n');

  /** Runs a block; gives what it printed, and in `fault` why it failed, if it did. */
  async function run(commands, withinMs) {
    if (dead !== undefined) return { output: '', fault: dead };
    const mark = `--- done ${Math.random().toString(36).slice(2)}`;
    const marked = new RegExp(`\\n?${mark} (\\d+)\\n`);
    const timer = setTimeout(() => end(`it did not end within ${withinMs / 1000} s`), withinMs);
    const match = await new Promise((resolve) => {
      heard = () => {
        const found = marked.exec(text);
        if (found !== null || dead !== undefined) resolve(found);
      };
      bash.stdin.write(`${commands}\nprintf '\\n%s %s\\n' '${mark}' $?\n`);
    });
    clearTimeout(timer);
    heard = () => undefined;
    const output = match === null ? text : text.slice(0, match.index);
    text = '';
    if (match === null) return { output, fault: `${dead}; it printed\n${output}` };
    const code = Number(match[1]);
    return code === 0 ? { output } : { output, fault: `it ended with ${code}:\n${output}` };
  }

  function close() {
    if (bash.pid !== undefined && bash.exitCode === null) killGroup(bash.pid);
  }
  return { run, close };
}

function killGroup(pid) {
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // It ended by itself.
  }
}
