// Who may import whom. The lines of the house, from the top to the bottom: a file imports from
// lower lines only, and within a line not at all. `test/architecture/import-rules.spec.ts` plants a
// violation of every rule and expects it to be caught by name.

const LINES = [
  ['reconciliation'],
  ['runs'],
  ['agents'],
  ['connections', 'hub', 'fleet'],
  ['nodes'],
  ['auth'],
  ['tenants'],
  ['users'],
  ['audit'],
  ['access'],
];
const FEATURES = LINES.flat();
/** What a feature shows to the others. */
const PUBLIC_FILES = String.raw`\.(module|service|schemas|events)\.ts$`;
/** Small abstract classes that a lower line declares for a higher one to provide. */
const PORTS = [
  'src/nodes/node-access.ts',
  'src/nodes/node.errors.ts',
  'src/tenants/agent-counter.ts',
  'src/tenants/agent-origins.ts',
];
const SPEC = String.raw`\.spec\.ts$`;
const ENTRY_FILES = String.raw`^src/[^/]+\.ts$`;

const literally = (file) => `^${file.replaceAll('.', String.raw`\.`)}$`;
const anyOf = (names) => `^src/(${names.join('|')})/`;

/** One rule a feature: nothing of its own line's neighbours, nothing of a line above. */
const layering = LINES.flatMap((line, height) =>
  line.map((feature) => {
    const neighbours = line.filter((other) => other !== feature);
    const above = LINES.slice(0, height).flat();
    return {
      name: `layering-${feature}`,
      severity: 'error',
      comment: `${feature} imports from lower lines only`,
      from: { path: anyOf([feature]), pathNot: SPEC },
      to: { path: [anyOf([...above, ...neighbours, 'cli']), ENTRY_FILES] },
    };
  }),
);

module.exports = {
  forbidden: [
    ...layering,
    {
      name: 'platform-knows-no-feature',
      severity: 'error',
      comment: 'platform is what any product would need',
      from: { path: '^src/platform/', pathNot: SPEC },
      to: { path: [anyOf([...FEATURES, 'cli']), ENTRY_FILES] },
    },
    {
      name: 'config-knows-little',
      severity: 'error',
      comment: 'config is read before anything else exists',
      from: { path: '^src/config/', pathNot: SPEC },
      to: { path: '^src/', pathNot: '^src/(config|platform/(errors|crypto|ids|command-line))/' },
    },
    {
      name: 'features-through-their-front',
      severity: 'error',
      comment:
        'across features only through *.module, *.service, *.schemas, *.events and the ports',
      from: { path: '^src/([^/]+)/', pathNot: [SPEC, anyOf(['platform', 'config'])] },
      to: {
        path: anyOf(FEATURES.filter((feature) => feature !== 'access')),
        pathNot: ['^src/$1/', PUBLIC_FILES, ...PORTS.map(literally)],
      },
    },
    {
      name: 'entry-files-through-the-front',
      severity: 'error',
      comment: 'the files that put the program together also name entities, for the database',
      from: { path: ENTRY_FILES, pathNot: SPEC },
      to: {
        path: anyOf(FEATURES.filter((feature) => feature !== 'access')),
        pathNot: [PUBLIC_FILES, String.raw`\.entity\.ts$`, ...PORTS.map(literally)],
      },
    },
    {
      name: 'typeorm-stays-in',
      severity: 'error',
      comment: 'TypeORM is known to entities, repositories, migrations and platform/database',
      from: {
        path: '^src/',
        pathNot: [SPEC, String.raw`\.(entity|repository)\.ts$`, '^src/platform/database/'],
      },
      to: { path: '(^|/)node_modules/typeorm/' },
    },
    {
      name: 'kubernetes-client-stays-in',
      severity: 'error',
      comment: 'one place makes connections to a cluster',
      from: { path: '^src/', pathNot: '^src/platform/kubernetes/' },
      to: { path: '(^|/)@kubernetes/client-node(/|$)' },
    },
    {
      name: 'prometheus-stays-in',
      severity: 'error',
      comment: 'what is measured calls small observers; one place knows how it is told',
      from: { path: '^src/', pathNot: '^src/platform/metrics/' },
      to: { path: '(^|/)node_modules/prom-client/' },
    },
    {
      name: 'nobody-imports-the-node',
      severity: 'error',
      comment: 'the reference node is a program of its own: the control plane speaks HTTP to it',
      from: { path: '^src/', pathNot: '^src/node/' },
      to: { path: '^src/node/' },
    },
    {
      name: 'the-node-imports-little',
      severity: 'error',
      comment: 'the reference node shares error and clock with the control plane, nothing more',
      from: { path: '^src/node/' },
      to: { path: '^src/', pathNot: '^src/(node|platform/(errors|clock))/' },
    },
    {
      name: 'no-cycles',
      severity: 'error',
      from: { path: '^src/' },
      to: { circular: true },
    },
    {
      name: 'no-barrels',
      severity: 'error',
      comment: 'import from the file that declares it',
      from: { path: '^src/' },
      to: { path: String.raw`/index\.ts$`, pathNot: 'node_modules' },
    },
    {
      name: 'src-stands-alone',
      severity: 'error',
      comment: 'the product never imports its tests, scripts or generated clients',
      from: { path: '^src/', pathNot: SPEC },
      to: { path: [SPEC, '^(test|scripts|sdk|dist)/'] },
    },
    {
      name: 'only-declared-packages',
      severity: 'error',
      comment: 'a package that the product runs with is in dependencies',
      from: { path: '^src/', pathNot: SPEC },
      to: {
        dependencyTypes: ['npm-dev', 'npm-no-pkg', 'npm-unknown'],
        dependencyTypesNot: ['type-only'],
      },
    },
    {
      name: 'only-what-exists',
      severity: 'error',
      from: { path: '^src/' },
      to: { couldNotResolve: true },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^(dist|docs)/' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    moduleSystems: ['es6'],
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'default', 'types'],
      extensions: ['.ts', '.js', '.mjs', '.json'],
    },
  },
};
