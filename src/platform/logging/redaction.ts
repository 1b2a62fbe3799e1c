/** Fields whose value is never logged, wherever they stand one level deep. */
export const SECRET_KEYS = [
  'password',
  'currentPassword',
  'newPassword',
  'passwordHash',
  'authorization',
  'accessToken',
  'refreshToken',
  'rawKey',
  'token',
  'secret',
  'apiKey',
];

/** Credentials by their looks: API keys, refresh tokens, JWTs, bearer headers, URLs with a password. */
const SECRET_TEXT = [
  /\bnxk_[A-Za-z0-9_-]+/g,
  /\brt_[A-Za-z0-9_-]+/g,
  /\beyJ[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]*/g,
  /\bBearer\s+[^\s"',}]+/gi,
  /(?<=:\/\/[^\s:/@"]*:)[^\s@/"]+(?=@)/g,
];

/** Blanks what looks like a credential in a finished line. */
export function redactText(line: string): string {
  return SECRET_TEXT.reduce((text, pattern) => text.replace(pattern, '[redacted]'), line);
}
