import { z } from 'zod';
import { concern, setting } from './concern.js';
import { oneOf, optionalKey, optionalSecret, wholeNumber } from './setting-types.js';

const GENERATED = 'generated into the data folder by the local driver, required otherwise';

/** Who may get in, and the secrets that prove it. */
export class AuthConfig extends concern('Accounts and secrets', {
  jwtSecret: setting({
    name: 'NEXUS_JWT_SECRET',
    schema: optionalSecret(32),
    summary: 'Signs access tokens (HS256), at least 32 bytes.',
    absent: GENERATED,
    secret: true,
  }),
  jwtSecretPrevious: setting({
    name: 'NEXUS_JWT_SECRET_PREVIOUS',
    schema: optionalSecret(32),
    summary: 'The secret before, still accepted, so that changing it logs nobody out.',
    absent: 'none',
    secret: true,
  }),
  encryptionKey: setting({
    name: 'NEXUS_ENCRYPTION_KEY',
    schema: optionalKey(),
    summary: 'Seals secrets at rest: 32 bytes in base64 or hexadecimal.',
    absent: GENERATED,
    secret: true,
  }),
  encryptionKeyPrevious: setting({
    name: 'NEXUS_ENCRYPTION_KEY_PREVIOUS',
    schema: optionalKey(),
    summary: 'The key before, which still opens what it sealed.',
    absent: 'none',
    secret: true,
  }),
  registration: setting({
    name: 'NEXUS_REGISTRATION',
    schema: oneOf(['open', 'closed']).optional(),
    summary: 'Whether anyone may register an account: `open` or `closed`.',
    absent: '`open` with the local driver on a loopback host, else `closed`',
  }),
  ratePerMinute: setting({
    name: 'NEXUS_AUTH_RATE_PER_MINUTE',
    schema: wholeNumber(0, 10_000),
    fallback: '10',
    summary:
      'Log-ins and registrations that one address may try in a minute, and members that one owner may ask to add by their address; 0 is no limit. Failures on one account from one address are answered more and more slowly, too.',
  }),
  adminEmail: setting({
    name: 'NEXUS_ADMIN_EMAIL',
    schema: z.email('must be an email address'),
    fallback: 'admin@nexus.local',
    summary: 'Address of the admin that is created on an empty database.',
  }),
  adminPassword: setting({
    name: 'NEXUS_ADMIN_PASSWORD',
    schema: z.string().min(12, 'must be at least 12 characters long').optional(),
    summary: 'Password of that admin, at least 12 characters.',
    absent:
      'generated, and shown once; required on an empty database with `NEXUS_DRIVER=kubernetes`',
    secret: true,
  }),
}) {}
