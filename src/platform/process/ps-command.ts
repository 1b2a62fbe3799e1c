import { execFileSync } from 'node:child_process';
import { type ProcessEntry, ProcessSource } from './process-source.js';

/** One `-o` each: POSIX takes all that follows a `=` as a heading. */
const COLUMNS = ['pid=', 'ppid=', 'pgid=', 'stat=', 'lstart='].flatMap((name) => ['-o', name]);

/** The command `ps`, for systems without `/proc`. Start times are UTC, to the second. */
export class PsCommand extends ProcessSource {
  read(pid: number): ProcessEntry | undefined {
    return parseLines(ps([...COLUMNS, '-p', String(pid)]))[0];
  }

  list(): ProcessEntry[] {
    return parseLines(ps(['-A', ...COLUMNS]));
  }

  variableOf(pid: number, name: string): string | undefined {
    // `e` shows the environment behind the command, `ww` does not cut it off.
    const words = ps(['eww', '-o', 'command=', '-p', String(pid)]).split(/\s+/);
    const prefix = `${name}=`;
    return words.findLast((word) => word.startsWith(prefix))?.slice(prefix.length);
  }
}

function parseLines(text: string): ProcessEntry[] {
  return text.split('\n').flatMap((line) => {
    const match = /^\s*(\d+)\s+(\d+)\s+(\d+)\s+(\S)\S*\s+(.*\S)/.exec(line);
    if (!match) return [];
    const [, pid, parentId, groupId, state = '', startTime = ''] = match;
    const ids = { pid: Number(pid), parentId: Number(parentId), groupId: Number(groupId) };
    return [{ ...ids, state, startTime: startTime.replace(/\s+/g, ' ') }];
  });
}

/** What `ps` prints; nothing when it finds nothing. */
function ps(args: string[]): string {
  try {
    return execFileSync('ps', args, {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
      maxBuffer: 64 * 1024 * 1024,
      // Times must read the same whoever asks.
      env: { PATH: '/bin:/usr/bin', LC_ALL: 'C', TZ: 'UTC' },
    });
  } catch {
    return '';
  }
}
