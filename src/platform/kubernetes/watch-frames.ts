import type { IncomingMessage } from 'node:http';
import { errorOfAnswer, KubernetesError, type StatusBody } from './kubernetes.errors.js';
import { connectionError } from './http-exchange.js';
import type { KubernetesObject } from './kubernetes-object.js';

/** One change, as a watch tells it. A bookmark's object holds a resourceVersion alone. */
export interface WatchFrame<T extends KubernetesObject> {
  type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK';
  object: T;
}

const TYPES: ReadonlySet<unknown> = new Set(['ADDED', 'MODIFIED', 'DELETED', 'BOOKMARK']);

/**
 * The frames of a watch, until the server ends it. What is cut off half-way through a frame is
 * dropped: it comes again when the watch resumes.
 *
 * @throws KubernetesError what an ERROR frame says (`isGone`), `Nonsense`, `Unreachable`
 */
export async function* watchFrames<T extends KubernetesObject>(
  response: IncomingMessage,
): AsyncGenerator<WatchFrame<T>, void, undefined> {
  response.setEncoding('utf8');
  let rest = '';
  try {
    for await (const chunk of response as AsyncIterable<string>) {
      const lines = (rest + chunk).split('\n');
      rest = lines.pop() ?? '';
      yield* framesOf<T>(lines);
    }
  } catch (error) {
    if (error instanceof KubernetesError) throw error;
    throw connectionError(error as NodeJS.ErrnoException, false);
  }
}

/** One after the other: what comes before a frame that is none still counts. */
function* framesOf<T extends KubernetesObject>(lines: string[]): Generator<WatchFrame<T>> {
  for (const line of lines) if (line !== '') yield frameOf<T>(line);
}

function frameOf<T extends KubernetesObject>(line: string): WatchFrame<T> {
  const { type, object } = parsed(line);
  if (type === 'ERROR') {
    const status = object as StatusBody | undefined;
    throw errorOfAnswer(status?.code ?? 500, JSON.stringify(object ?? {}));
  }
  const version = (object as T | undefined)?.metadata?.resourceVersion;
  if (!TYPES.has(type) || typeof version !== 'string') {
    throw KubernetesError.fault('Nonsense', 'the watch sent a frame that is none');
  }
  return { type: type as WatchFrame<T>['type'], object: object as T };
}

function parsed(line: string): { type?: unknown; object?: unknown } {
  try {
    return (JSON.parse(line) ?? {}) as { type?: unknown; object?: unknown };
  } catch (error) {
    throw KubernetesError.fault('Nonsense', 'the watch sent a frame that is no JSON', error);
  }
}
