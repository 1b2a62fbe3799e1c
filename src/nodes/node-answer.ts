import type { IncomingMessage } from 'node:http';
import { NodeError } from './node.errors.js';

// The whole answer of a node, bounded: a node that answers without end must not fill the memory.

const MIB = 1024 * 1024;
/** The largest answer. */
const MOST_BYTES = 8 * MIB;
/** All answers of one node that are being read at a time. */
const MOST_BYTES_OF_A_NODE = 16 * MIB;

export interface Answer {
  status: number;
  contentType: string;
  text: string;
}

/** What is held of answers that are not read to their end, by the node's address. */
const held = new Map<string, number>();

/**
 * Reads an answer to its end.
 *
 * @param node whose answers are counted together
 * @throws NodeError `nonsense` with the status, when it breaks off or is too large
 */
export async function readAnswer(response: IncomingMessage, node: string): Promise<Answer> {
  const { statusCode: status = 0, headers } = response;
  if (Number(headers['content-length']) > MOST_BYTES) throw tooLarge(status);
  const chunks: Buffer[] = [];
  let size = 0;
  try {
    for await (const chunk of response as AsyncIterable<Buffer>) {
      size += chunk.length;
      const ofNode = (held.get(node) ?? 0) + chunk.length;
      held.set(node, ofNode);
      if (size > MOST_BYTES) throw tooLarge(status);
      if (ofNode > MOST_BYTES_OF_A_NODE) throw tooMuch(status);
      chunks.push(chunk);
    }
    const text = Buffer.concat(chunks, size).toString('utf8');
    return { status, contentType: headers['content-type'] ?? '', text };
  } catch (error) {
    if (error instanceof NodeError) throw error;
    throw new NodeError('nonsense', 'the answer broke off', status, { cause: error });
  } finally {
    letGo(node, size);
  }
}

function letGo(node: string, size: number): void {
  const left = (held.get(node) ?? 0) - size;
  if (left > 0) held.set(node, left);
  else held.delete(node);
}

function tooLarge(status: number): NodeError {
  const most = `${MOST_BYTES / MIB} MiB`;
  return new NodeError(
    'nonsense',
    `its answer is larger than ${most}, which is the most that is read; have it answer with less`,
    status,
  );
}

function tooMuch(status: number): NodeError {
  const most = `${MOST_BYTES_OF_A_NODE / MIB} MiB`;
  return new NodeError(
    'nonsense',
    `its answers under way are larger than ${most} together; ask fewer at a time`,
    status,
  );
}
