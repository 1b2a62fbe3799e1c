/** Access tokens that a test signs itself. */
import { createHmac } from 'node:crypto';
import { JWT_SECRET } from './server.js';

/** What of a genuine token is another, and how it is signed. */
export interface Change {
  header?: object;
  payload?: object;
  secret?: string;
  digest?: string;
}

const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');

/** What a part of a token says. */
export function read(text: string | undefined): Record<string, unknown> {
  return JSON.parse(Buffer.from(text ?? '', 'base64url').toString()) as Record<string, unknown>;
}

/** Signs two parts of a token. */
export function sign(signed: string, secret = JWT_SECRET, digest = 'sha256'): string {
  return `${signed}.${createHmac(digest, secret).update(signed).digest('base64url')}`;
}

/** A genuine token with something changed, signed again. */
export function forge(genuine: string, { header, payload, secret, digest }: Change): string {
  const [head, body] = genuine.split('.');
  const signed = `${part({ ...read(head), ...header })}.${part({ ...read(body), ...payload })}`;
  return sign(signed, secret, digest);
}
