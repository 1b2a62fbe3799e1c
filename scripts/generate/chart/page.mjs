/**
 * The README of the chart.
 *
 * @param values as of `documentedValues`
 */
export function chartPage(values) {
  const rows = values.map(
    ({ path, meaning, fallback }) =>
      `| \`${path}\` | ${meaning.replaceAll('|', '\\|')} | ${shown(fallback)} |`,
  );
  return [
    '# The Helm chart of Nexus',
    '',
    'Installs the control plane, the definitions of its resources and the roles that both need. Kubernetes 1.30 or later; Helm 3 or 4.',
    '',
    '```sh',
    'helm install nexus charts/nexus --namespace nexus-system --create-namespace',
    '```',
    '',
    'How to install, upgrade, go back and remove it, with Helm, kustomize and GitOps: [docs/install.md](../../docs/install.md).',
    '',
    '| Example | For |',
    '| --- | --- |',
    '| [laptop.yaml](examples/laptop.yaml) | one machine with kind or k3d |',
    '| [production-postgres.yaml](examples/production-postgres.yaml) | two servers on PostgreSQL behind an Ingress |',
    '| [gitops.yaml](examples/gitops.yaml) | Argo CD and Flux: nothing is generated |',
    '',
    '## Values',
    '',
    'A name or a value that is not allowed is refused with its path.',
    '',
    '| Value | Meaning | Default |',
    '| --- | --- | --- |',
    ...rows,
    '',
    '*Generated from `values.yaml`; do not edit.*',
    '',
  ].join('\n');
}

function shown(fallback) {
  return fallback === null || fallback === '' ? 'empty' : `\`${JSON.stringify(fallback)}\``;
}
