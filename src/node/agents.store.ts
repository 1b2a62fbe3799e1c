/**
 * The agents on disk: one file `{dir}/agents/<name>.agent.yaml` each, the names an astromesh-node
 * uses. They are written as JSON, which is YAML too, so that nothing of a config is lost on the
 * way, and replaced by rename, so that a kill never leaves half a file.
 */
import { mkdir, open, readdir, readFile, rename, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { AppError } from '../platform/errors/app-error.js';
import { isObject, objectAt, type JsonObject } from './json.js';
import type { NodeLog } from './node.log.js';

const SUFFIXES = ['.agent.yaml', '.agent.json'];
const TEMPORARY = '.tmp';
/** Linux takes file names of 255 bytes; this leaves room for the suffix and the temporary one. */
const LONGEST_NAME_BYTES = 200;

/** An agent as it was read back. */
export interface StoredAgent {
  name: string;
  config: JsonObject;
}

/**
 * The name under which a config is registered: `metadata.name`, else `spec.identity.name`.
 *
 * @throws AppError `agent_name_invalid` (conflict) when there is none or it is no file name
 */
export function agentNameOf(config: JsonObject): string {
  const metadata = objectAt(config, 'metadata');
  const name = metadata['name'] || objectAt(objectAt(config, 'spec'), 'identity')['name'];
  if (!name) {
    throw nameError('Agent config must include metadata.name or spec.identity.name');
  }
  if (typeof name !== 'string' || !isFileName(name)) throw nameError('Invalid agent name');
  return name;
}

/** The agents of a node on disk: one file each below `{dir}/agents`. */
export class AgentsStore {
  /** Where each known agent lies; a file that was put there by hand may have any name. */
  private readonly files = new Map<string, string>();
  private readonly folder: string;
  private sequence = 0;

  constructor(
    dir: string,
    private readonly log: NodeLog,
  ) {
    this.folder = join(dir, 'agents');
  }

  /**
   * Reads every stored agent, making the folder when it is missing. A file that cannot be used is
   * logged and left where it is; registering its agent again replaces it.
   */
  async load(): Promise<StoredAgent[]> {
    await mkdir(this.folder, { recursive: true });
    const found: StoredAgent[] = [];
    for (const file of (await readdir(this.folder)).toSorted()) {
      if (file.endsWith(TEMPORARY)) await rm(join(this.folder, file), { force: true });
      const agent = SUFFIXES.some((suffix) => file.endsWith(suffix))
        ? await this.readAgent(file)
        : undefined;
      if (agent) found.push(agent);
    }
    return found;
  }

  /** Stores a config durably before it resolves. */
  async save(name: string, config: JsonObject): Promise<void> {
    const path = join(this.folder, `${name}${SUFFIXES[0]}`);
    const temporary = `${path}.${process.pid}.${this.sequence++}${TEMPORARY}`;
    const file = await open(temporary, 'w', 0o600);
    try {
      await file.writeFile(`${JSON.stringify(config, null, 2)}\n`);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, path);
    const previous = this.files.get(name);
    if (previous && previous !== path) await rm(previous, { force: true });
    this.files.set(name, path);
  }

  /** Forgets an agent; one that was never stored is fine. */
  async remove(name: string): Promise<void> {
    const path = this.files.get(name);
    if (path) await rm(path, { force: true });
    this.files.delete(name);
  }

  private async readAgent(file: string): Promise<StoredAgent | undefined> {
    const path = join(this.folder, file);
    try {
      const config = await parseConfig(await readFile(path, 'utf8'));
      if (!isObject(config)) throw new Error('the file holds no object');
      const name = agentNameOf(config);
      if (this.files.has(name)) {
        throw new Error(`agent '${name}' is in ${basename(this.files.get(name) ?? '')} already`);
      }
      this.files.set(name, path);
      return { name, config };
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      const agent = SUFFIXES.reduce((name, suffix) => name.replace(suffix, ''), file);
      this.log.error('stored agent could not be read', { agent, file, error: reason });
      return undefined;
    }
  }
}

/** JSON first: it is what this store writes, and the YAML parser is only loaded when needed. */
async function parseConfig(text: string): Promise<unknown> {
  try {
    return JSON.parse(text);
  } catch {
    const { parse } = await import('yaml');
    return parse(text, { maxAliasCount: 100 });
  }
}

function isFileName(name: string): boolean {
  const unsafe = name === '.' || name.includes('/') || name.includes('..') || name.includes('\0');
  return !unsafe && Buffer.byteLength(name) <= LONGEST_NAME_BYTES;
}

function nameError(message: string): AppError {
  return new AppError('conflict', 'agent_name_invalid', message);
}
