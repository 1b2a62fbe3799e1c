import { isJsonObject } from '../platform/json/json-object.js';
import type { Answer } from './node-answer.js';
import { NodeError } from './node.errors.js';

/**
 * An answer that is not the node's: an API server that could not, or would not, pass a request on
 * says so with a `Status` of its own.
 */
export function refusalInBetween({ status, text }: Answer): NodeError | undefined {
  if (status < 400 || !text.startsWith('{')) return undefined;
  const body = parsed(text);
  const isStatus = isJsonObject(body) && body['kind'] === 'Status' && body['apiVersion'] === 'v1';
  if (!isStatus) return undefined;
  const kind = status === 504 ? 'timeout' : 'unreachable';
  return new NodeError(kind, `the way to it is closed: ${String(body['message'])}`, status);
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
