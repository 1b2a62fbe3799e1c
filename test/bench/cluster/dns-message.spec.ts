import { describe, expect, it } from 'vitest';
import { answerOf, lookupIn } from './dns-message.js';

/** As a resolver asks: an id, one question, and wanted recursion. */
function query(name: string, type = 1): Buffer {
  const labels = name.split('.').map((label) => Buffer.from(`\0${label}`));
  for (const label of labels) label[0] = label.length - 1;
  const header = Buffer.from([0xab, 0xcd, 0x01, 0x00, 0, 1, 0, 0, 0, 0, 0, 0]);
  return Buffer.concat([header, ...labels, Buffer.from([0, 0, type, 0, 1])]);
}

function answer(message: Buffer, address: string | undefined): Buffer {
  const lookup = lookupIn(message);
  if (lookup === undefined) throw new Error('No question');
  return answerOf(lookup, address);
}

describe('a lookup', () => {
  it('is read from a message, whatever its case', () => {
    const lookup = lookupIn(query('Node.tenant-1.svc'));
    expect(lookup).toMatchObject({ name: 'node.tenant-1.svc', type: 1, id: 0xabcd });
  });

  it.each([
    ['is empty', Buffer.alloc(0)],
    ['is cut off', query('node.svc').subarray(0, -2)],
  ])('is not there when the message %s', (_why, message) => {
    expect(lookupIn(message)).toBeUndefined();
  });
});

describe('an answer', () => {
  it('repeats id and question, and gives the address', () => {
    const message = query('node.svc');
    const told = answer(message, '10.200.0.7');
    expect(told.subarray(0, 12).toString('hex')).toBe('abcd85800001000100000000');
    expect(told.subarray(12, message.length)).toEqual(message.subarray(12));
    expect(told.subarray(message.length).toString('hex')).toBe('c00c000100010000000000040ac80007');
  });

  it('has no other address for a name that is there', () => {
    const told = answer(query('node.svc', 28), '10.200.0.7');
    expect(told.subarray(2, 8).toString('hex')).toBe('858000010000');
  });

  it('says that there is no such name', () => {
    const told = answer(query('other.svc'), undefined);
    expect(told.subarray(2, 8).toString('hex')).toBe('858300010000');
  });
});
