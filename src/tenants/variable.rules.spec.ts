import { describe, expect, it } from 'vitest';
import { VARIABLE_NAME, whyReserved } from './variable.rules.js';

describe('the name of a variable', () => {
  it.each(['OPENAI_API_KEY', '_X', 'A1', 'HTTP_PROXY', 'MY_PATH', 'PATHS', 'HOMEPAGE', 'NODES'])(
    'may be %s',
    (name) => {
      expect(VARIABLE_NAME.test(name)).toBe(true);
      expect(whyReserved(name)).toBeUndefined();
    },
  );

  it.each(['', 'a', '1A', 'A-B', 'A B', 'A=B', 'A\n', 'Ä', 'A.B'])('cannot be %j', (name) => {
    expect(VARIABLE_NAME.test(name)).toBe(false);
  });

  it.each([
    'PATH',
    'HOME',
    'LANG',
    'TZ',
    'LC_ALL',
    'NODE_OPTIONS',
    'NODE_EXTRA_CA_CERTS',
    'LD_PRELOAD',
    'DYLD_INSERT_LIBRARIES',
    'PYTHONPATH',
    'PYTHONSTARTUP',
    'BASH_ENV',
    'OPENSSL_CONF',
    'UV_THREADPOOL_SIZE',
    'NEXUS_NODE_DENY_PORTS',
    'NEXUS_CHILD_MARK',
    'ASTROMESH_ROLE',
  ])('is never %s', (name) => {
    expect(whyReserved(name)).toMatch(/\w/);
  });
});
