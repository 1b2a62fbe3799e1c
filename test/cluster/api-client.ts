/**
 * A small client of an API server for tests: it says what it is told to say, so that a test shows
 * what the server does and not what a library makes of it.
 */
import type { IncomingMessage } from 'node:http';
import { Agent, request, type RequestOptions } from 'node:https';
import { createInterface } from 'node:readline';
import type { ApiStatus, KubeList, KubeObject, WatchEvent } from './kube-objects.types.js';
import type { Access } from './kubeconfig.js';
import { resourcePath } from './resource-path.js';
import type { Manifest } from './kube-objects.types.js';

/** How a PATCH is meant. */
const PATCH_TYPES = {
  apply: 'application/apply-patch+yaml',
  merge: 'application/merge-patch+json',
  json: 'application/json-patch+json',
  strategic: 'application/strategic-merge-patch+json',
};
const APPLY = '?fieldManager=tests&force=true';

export interface Sent {
  body?: unknown;
  contentType?: string;
  /** How the answer is wanted; plain JSON when left out. */
  accept?: string;
  signal?: AbortSignal;
}

/** The server refused. */
export class ApiRefusal extends Error {
  override readonly name = 'ApiRefusal';
  constructor(
    readonly code: number,
    /** `Forbidden`, `NotFound`, `Conflict`, …; empty when the server named none. */
    readonly reason: string,
    message: string,
  ) {
    super(`${code} ${reason}: ${message}`);
  }
}

/** Speaks to an API server as one user. */
export class ApiClient {
  private readonly agent: Agent;

  constructor(readonly access: Access) {
    const { ca, certificate, key } = access;
    this.agent = new Agent({ keepAlive: true, ca, cert: certificate, key });
  }

  /** Reads what is at a path. */
  get<T = KubeObject>(path: string): Promise<T> {
    return this.send<T>('GET', path);
  }

  /** As `get`, and undefined when there is none. */
  find<T = KubeObject>(path: string): Promise<T | undefined> {
    return this.get<T>(path).catch((error: unknown) => {
      if (error instanceof ApiRefusal && error.code === 404) return undefined;
      throw error;
    });
  }

  async list<T = KubeObject>(path: string): Promise<T[]> {
    return (await this.get<KubeList<T>>(path)).items;
  }

  /** Makes an object where its kind, namespace and name say. */
  create<T = KubeObject>(manifest: Manifest): Promise<T> {
    const path = resourcePath(manifest).replace(/\/[^/]+$/, '');
    return this.send<T>('POST', path, { body: manifest });
  }

  /** Server-side apply, by force, as the field manager `tests`. */
  apply<T = KubeObject>(manifest: Manifest): Promise<T> {
    return this.patch<T>(`${resourcePath(manifest)}${APPLY}`, manifest, 'apply');
  }

  /** Replaces an object, or a subresource of it. */
  put<T = KubeObject>(path: string, body: unknown): Promise<T> {
    return this.send<T>('PUT', path, { body });
  }

  patch<T = KubeObject>(
    path: string,
    body: unknown,
    kind: keyof typeof PATCH_TYPES = 'merge',
  ): Promise<T> {
    return this.send<T>('PATCH', path, { body, contentType: PATCH_TYPES[kind] });
  }

  /** Asks for a deletion; one that is gone already counts as deleted. */
  async delete(path: string, options: object = {}): Promise<void> {
    const body = { apiVersion: 'v1', kind: 'DeleteOptions', ...options };
    await this.send('DELETE', path, { body }).catch((error: unknown) => {
      if (!(error instanceof ApiRefusal && error.code === 404)) throw error;
    });
  }

  /**
   * One request.
   *
   * @returns the parsed answer, or its text where it is no JSON
   * @throws ApiRefusal for any answer that is not 2xx
   */
  async send<T = KubeObject>(method: string, path: string, sent: Sent = {}): Promise<T> {
    const response = await this.open(method, path, sent);
    let text = '';
    response.setEncoding('utf8');
    for await (const part of response) text += String(part);
    const isJson = response.headers['content-type']?.includes('json') ?? false;
    const body: unknown = isJson && text !== '' ? JSON.parse(text) : text;
    const { statusCode = 0 } = response;
    if (statusCode < 200 || statusCode > 299) throw refusal(statusCode, body);
    return body as T;
  }

  /**
   * Calls back for each event of one watch until the server ends it or the signal aborts.
   *
   * @param path with everything but `watch=true`
   */
  async watch<T = KubeObject>(
    path: string,
    onEvent: (event: WatchEvent<T>) => void,
    signal: AbortSignal,
  ): Promise<void> {
    const separator = path.includes('?') ? '&' : '?';
    const response = await this.open('GET', `${path}${separator}watch=true`, { signal });
    if (response.statusCode !== 200) throw refusal(response.statusCode ?? 0, '');
    for await (const line of createInterface({ input: response })) {
      onEvent(JSON.parse(line) as WatchEvent<T>);
    }
  }

  /** Ends the connections that are open. */
  close(): void {
    this.agent.destroy();
  }

  private open(method: string, path: string, sent: Sent): Promise<IncomingMessage> {
    const { body, contentType = 'application/json', accept = 'application/json', signal } = sent;
    const headers: Record<string, string> = { accept };
    if (this.access.token !== undefined) headers['authorization'] = `Bearer ${this.access.token}`;
    const text = body === undefined ? undefined : JSON.stringify(body);
    if (text !== undefined) {
      headers['content-type'] = contentType;
      // Node sends none of its own accord with a DELETE.
      headers['content-length'] = String(Buffer.byteLength(text));
    }
    const options: RequestOptions = { method, headers, agent: this.agent };
    if (signal !== undefined) options.signal = signal;
    return new Promise((resolve, reject) => {
      const outgoing = request(new URL(path, this.access.server), options, resolve);
      outgoing.once('error', reject);
      outgoing.end(text);
    });
  }
}

function refusal(code: number, body: unknown): ApiRefusal {
  const { reason = '', message } = (typeof body === 'object' ? body : {}) as ApiStatus;
  return new ApiRefusal(code, reason, message ?? String(body));
}
