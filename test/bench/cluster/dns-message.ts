/** As much of DNS as a resolver needs that asks for the addresses of a name (RFC 1035, 4.1). */

/** One question that was asked; the rest of what it came with is not looked at. */
export interface Lookup {
  /** In lower case, without a dot at the end. */
  readonly name: string;
  /** 1 for an address of IPv4. */
  readonly type: number;
  readonly id: number;
  /** The question as it was asked, for the answer. */
  readonly question: Buffer;
}

const HEADER = 12;
const TYPE_A = 1;
const CLASS_IN = 1;
/** An answer, from one who knows, to whoever wanted recursion, which there is. */
const ANSWERED = 0x8580;
const NO_SUCH_NAME = 3;
/** The name of the question, which begins after the header. */
const SAME_NAME = 0xc000 + HEADER;

/** Reads a message; undefined for what holds no question. */
export function lookupIn(message: Buffer): Lookup | undefined {
  if (message.length < HEADER || message.readUInt16BE(4) === 0) return undefined;
  const labels: string[] = [];
  let at = HEADER;
  for (let length = message[at] ?? 0; length > 0; length = message[at] ?? 0) {
    labels.push(message.toString('latin1', at + 1, at + 1 + length));
    at += length + 1;
  }
  const end = at + 5;
  if (end > message.length) return undefined;
  return {
    name: labels.join('.').toLowerCase(),
    type: message.readUInt16BE(at + 1),
    id: message.readUInt16BE(0),
    question: message.subarray(HEADER, end),
  };
}

/**
 * The answer to a lookup. A name that is there has no address but that of IPv4.
 *
 * @param address undefined when there is no such name
 */
export function answerOf({ id, type, question }: Lookup, address: string | undefined): Buffer {
  const isTold = address !== undefined && type === TYPE_A;
  const header = Buffer.alloc(HEADER);
  header.writeUInt16BE(id, 0);
  header.writeUInt16BE(ANSWERED + (address === undefined ? NO_SUCH_NAME : 0), 2);
  header.writeUInt16BE(1, 4);
  header.writeUInt16BE(isTold ? 1 : 0, 6);
  return Buffer.concat([header, question, ...(isTold ? [record(address)] : [])]);
}

/** One that nobody may remember: the pod of a Service comes and goes. */
function record(address: string): Buffer {
  const bytes = address.split('.').map(Number);
  const head = Buffer.alloc(HEADER);
  head.writeUInt16BE(SAME_NAME, 0);
  head.writeUInt16BE(TYPE_A, 2);
  head.writeUInt16BE(CLASS_IN, 4);
  head.writeUInt32BE(0, 6);
  head.writeUInt16BE(bytes.length, 10);
  return Buffer.concat([head, Buffer.from(bytes)]);
}
