/** How the name of an environment variable may look. */
export const VARIABLE_NAME = /^[A-Z_][A-Z0-9_]*$/;

interface Reserved {
  names: RegExp;
  /** Ends the sentence "is reserved: …". */
  why: string;
}

const RESERVED: readonly Reserved[] = [
  {
    names: /^(PATH|HOME|LANG|TZ|PWD|USER|SHELL|TMPDIR)$/,
    why: 'every node gets it from its machine',
  },
  { names: /^LC_/, why: 'every node gets its language from its machine' },
  { names: /^NEXUS_/, why: 'it is a setting of Nexus' },
  { names: /^ASTROMESH_/, why: 'it is a setting of the node' },
  {
    names: /^(NODE_|UV_|V8_|OPENSSL_|PYTHON|LD_|DYLD_|GLIBC_|GCONV_|MALLOC_|BASH_|PERL5|RUBY)/,
    why: 'it would change the program that the node is, rather than its agents',
  },
  { names: /^(ENV|IFS|SHLVL|_)$/, why: 'shells use it' },
  { names: /^KUBERNETES_/, why: 'a cluster sets it' },
];

/** Why a tenant cannot have a variable of this name; undefined when it can. */
export function whyReserved(name: string): string | undefined {
  return RESERVED.find(({ names }) => names.test(name))?.why;
}
