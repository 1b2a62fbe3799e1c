import { isIP } from 'node:net';
import path from 'node:path';
import { z } from 'zod';
import { splitCommand } from '../platform/command-line/command-line.js';

/** A whole number between two bounds, both allowed. */
export function wholeNumber(min: number, max: number) {
  const message = `must be a whole number from ${min} to ${max}`;
  return z
    .string({ error: message })
    .regex(/^\d{1,10}$/, message)
    .transform(Number)
    .refine((value) => value >= min && value <= max, message);
}

/** A port, `off`, or nothing. */
export function optionalPort() {
  const message = 'must be a port from 0 to 65535, or off';
  return z
    .string()
    .regex(/^(\d{1,5}|off)$/, message)
    .transform((value) => (value === 'off' ? value : Number(value)))
    .refine((value) => value === 'off' || value <= 65535, message)
    .optional();
}

/** One of a few words. */
export function oneOf<const W extends readonly [string, ...string[]]>(words: W) {
  return z.enum(words, { error: `must be one of: ${words.join(', ')}` });
}

/** Any text, at least one character. */
export function text() {
  return z.string({ error: 'must not be empty' }).min(1, 'must not be empty');
}

/** Text that may be left out. */
export function optionalText() {
  return z.string().optional();
}

/** A command that needs no shell, or nothing. */
export function optionalCommand() {
  return z
    .string()
    .optional()
    .superRefine((value, context) => {
      try {
        if (value !== undefined) splitCommand(value);
      } catch (error) {
        context.addIssue(error instanceof Error ? error.message : String(error));
      }
    });
}

/** Names separated by commas or blanks; an empty list when absent. */
export function nameList() {
  return z
    .string()
    .optional()
    .transform((value) => (value ?? '').split(/[\s,]+/).filter((name) => name !== ''));
}

/** Files separated as in `PATH`; an empty list when absent. */
export function pathList() {
  return z
    .string()
    .optional()
    .transform((value) => (value ?? '').split(path.delimiter).filter((file) => file !== ''));
}

/** A secret of at least `bytes` bytes of UTF-8, or nothing. */
export function optionalSecret(bytes: number) {
  return z
    .string()
    .refine(
      (value) => Buffer.byteLength(value) >= bytes,
      `must be at least ${bytes} bytes long; make one with: openssl rand -base64 48`,
    )
    .optional();
}

/** A range of ports such as `24000-27999`. */
export function portRange() {
  const message = 'must be a range of ports such as 24000-27999';
  return z
    .string({ error: message })
    .regex(/^\d{1,5}-\d{1,5}$/, message)
    .transform((value) => {
      const [first = 0, last = 0] = value.split('-').map(Number);
      return { first, last };
    })
    .refine(({ first, last }) => first >= 1 && last <= 65535 && first <= last, message);
}

/** A key of exactly 32 bytes in base64 (44 characters) or hexadecimal (64), or nothing. */
export function optionalKey() {
  return z
    .string()
    .refine(
      (value) => /^[0-9a-fA-F]{64}$/.test(value) || /^[A-Za-z0-9+/]{43}=$/.test(value),
      'must be 32 bytes in base64 or hexadecimal; make one with: openssl rand -base64 32',
    )
    .transform((value) => Buffer.from(value, value.length === 64 ? 'hex' : 'base64'))
    .optional();
}

/** Addresses and networks separated by commas or blanks; an empty list when absent. */
export function networkList() {
  return nameList().superRefine((networks, context) => {
    const odd = networks.find((network) => !isNetwork(network));
    if (odd === undefined) return;
    context.addIssue(`holds ${odd}, which is neither an address nor a network such as 10.0.0.0/8`);
  });
}

/** Origins separated by commas or blanks, each as a browser sends it; an empty list when absent. */
export function originList() {
  return nameList().superRefine((origins, context) => {
    const odd = origins.find((origin) => !isOrigin(origin));
    if (odd === undefined) return;
    context.addIssue(`holds ${odd}, which is not an origin such as https://app.example.com`);
  });
}

function isNetwork(text: string): boolean {
  const [address = '', bits, ...rest] = text.split('/');
  const family = isIP(address);
  if (family === 0 || address.includes('%') || rest.length > 0) return false;
  if (bits === undefined) return true;
  const most = family === 4 ? 32 : 128;
  return /^\d{1,3}$/.test(bits) && Number(bits) >= 1 && Number(bits) <= most;
}

function isOrigin(text: string): boolean {
  return /^https?:/.test(text) && URL.parse(text)?.origin === text;
}
