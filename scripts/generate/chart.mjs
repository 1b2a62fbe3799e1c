// What of `charts/nexus` is made from elsewhere: the roles, the dashboard, the schema of the values,
// and the README.

import { readFileSync } from 'node:fs';
import path from 'node:path';
import { ROOT } from '../toolchain.mjs';
import { dashboard } from './chart/dashboard.mjs';
import { chartPage } from './chart/page.mjs';
import { documentedValues } from './chart/values.mjs';
import { valuesSchema } from './chart/schema.mjs';

const CHART = 'charts/nexus';
const ROLES = ['cluster-role.yaml', 'role.yaml', 'people.yaml'];

const read = (file) => readFileSync(path.join(ROOT, file), 'utf8');
const json = (value) => `${JSON.stringify(value, undefined, 2)}\n`;
const values = () => documentedValues(read(`${CHART}/values.yaml`));

/** The files, by where they belong from the root of the project, with what makes their text. */
export const files = {
  ...Object.fromEntries(
    ROLES.map((name) => [
      `${CHART}/files/rbac/${name}`,
      async () =>
        `# Copied from charts/kustomize/rbac by \`npm run generate\`; do not edit.\n${read(`charts/kustomize/rbac/${name}`)}`,
    ]),
  ),
  [`${CHART}/files/dashboard.json`]: async () => json(dashboard()),
  [`${CHART}/values.schema.json`]: async () => json(valuesSchema(values())),
  [`${CHART}/README.md`]: async () => chartPage(values()),
};
