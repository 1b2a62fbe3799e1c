/** Both Helms, each with a home of its own: nothing of the user who runs the tests is read or written. */
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { findBinaries } from '../../scripts/toolchain/cluster-binaries.mjs';

export const CHART = 'charts/nexus';
export const HELMS = ['helm', 'helm3'] as const;
export type HelmName = (typeof HELMS)[number];

/** What a command printed, and how it ended. */
export interface Said {
  stdout: string;
  stderr: string;
  code: number;
}

export class Helm {
  private constructor(
    private readonly program: string,
    private readonly home: string,
    private readonly kubeconfig: string,
  ) {}

  /** @param kubeconfig names no file where no cluster is asked */
  static async find(name: HelmName, kubeconfig = '/nowhere'): Promise<Helm> {
    const found = await findBinaries([name]);
    return new Helm(found[name], mkdtempSync(path.join(tmpdir(), 'nexus-helm-')), kubeconfig);
  }

  /** Runs a command, whichever way it ends. */
  run(...args: string[]): Promise<Said> {
    return runProgram(this.program, args, {
      PATH: process.env['PATH'],
      HOME: this.home,
      KUBECONFIG: this.kubeconfig,
      HELM_CACHE_HOME: path.join(this.home, 'cache'),
      HELM_CONFIG_HOME: path.join(this.home, 'config'),
      HELM_DATA_HOME: path.join(this.home, 'data'),
    });
  }

  /**
   * What a command that has to succeed prints.
   *
   * @throws Error with what it said when it does not
   */
  async must(...args: string[]): Promise<string> {
    const { stdout, stderr, code } = await this.run(...args);
    if (code !== 0) throw new Error(`helm ${args.join(' ')}: ${stderr}${stdout}`);
    return stdout;
  }

  end(): void {
    rmSync(this.home, { recursive: true, force: true });
  }
}

export function runProgram(
  program: string,
  args: string[],
  env: NodeJS.ProcessEnv,
  input = '',
): Promise<Said> {
  return new Promise((resolve) => {
    const child = execFile(program, args, { env, maxBuffer: 2 ** 26 }, (error, stdout, stderr) => {
      resolve({ stdout, stderr, code: error === null ? 0 : Number(error.code ?? -1) });
    });
    child.stdin?.end(input);
  });
}
