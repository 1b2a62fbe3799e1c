// `docs/api.md`: prose of `api.template.md`, with tables made from the API document and from the
// catalogue of permissions, and with the walkthrough of the README.

import { readFileSync } from 'node:fs';
import path from 'node:path';
import { ROOT } from '../toolchain.mjs';
import { openApiDocument } from './openapi.mjs';
import { COLUMNS, permissionRows, whoMay } from './who-may.mjs';

const read = (...names) => readFileSync(path.join(ROOT, ...names), 'utf8');

/** The file, by where it belongs from the root of the project, with what makes its text. */
export const files = {
  'docs/api.md': async () =>
    apiPage(
      read('scripts', 'generate', 'api.template.md'),
      read('README.md'),
      await openApiDocument('3.1.0'),
    ),
};

/**
 * Fills the template.
 *
 * @throws Error for a part that the template names and nobody makes, or the other way round
 */
export function apiPage(template, readme, document) {
  const parts = {
    operations: operationTables(document),
    permissions: permissionTable(),
    'error-fields': fieldTable(document.components.schemas.Error.properties),
    'error-statuses': statusTable(document),
    'paged-operations': pagedOperations(document),
    walkthrough: sectionOf(readme, 'Walkthrough'),
  };
  const missing = Object.keys(parts).filter((name) => !template.includes(marker(name)));
  if (missing.length > 0) throw new Error(`The template leaves out ${missing.join(', ')}`);
  const page = template.replaceAll(/<!-- ([\w-]+) -->/g, (_marker, name) => {
    if (parts[name] === undefined) throw new Error(`Nobody makes ${name}`);
    return parts[name];
  });
  return `${page.trimEnd()}\n`;
}

const marker = (name) => `<!-- ${name} -->`;

function operationsOf({ paths }) {
  return Object.entries(paths).flatMap(([route, item]) =>
    Object.entries(item).map(([method, operation]) => ({
      ...operation,
      route: `${method.toUpperCase()} ${route}`,
    })),
  );
}

function operationTables(document) {
  const operations = operationsOf(document);
  return document.tags
    .map(({ name, description }) => {
      const rows = operations.filter(({ tags }) => tags.includes(name)).map(operationRow);
      const head = ['Route', 'What it does', 'Permission', 'Who', 'Statuses'];
      return [`### ${name}`, description, table(head, rows)].join('\n\n');
    })
    .join('\n\n');
}

function operationRow(operation) {
  const permission = operation['x-permission'];
  return [
    `\`${operation.route}\``,
    `${operation.summary} (\`${operation.operationId}\`)`,
    permission === 'public' ? '–' : `\`${permission}\``,
    whoMay(permission),
    Object.keys(operation.responses).join(' '),
  ];
}

function permissionTable() {
  const rows = permissionRows().map(([permission, ...held]) => [
    `\`${permission}\``,
    ...held.map((one) => (one ? 'yes' : '')),
  ]);
  return table(['Permission', ...COLUMNS], rows);
}

function fieldTable(properties) {
  const rows = Object.entries(properties).map(([name, { description }]) => [
    `\`${name}\``,
    description,
  ]);
  return table(['Field', 'What it holds'], rows);
}

function statusTable(document) {
  const meanings = new Map();
  for (const { responses } of operationsOf(document)) {
    for (const [status, { description }] of Object.entries(responses)) {
      if (Number(status) >= 400 && !meanings.has(status)) meanings.set(status, description);
    }
  }
  const rows = [...meanings].sort(([a], [b]) => Number(a) - Number(b));
  return table(['Status', 'What it means'], rows);
}

function pagedOperations(document) {
  const paged = operationsOf(document).filter(({ responses }) =>
    Object.values(responses).some(({ headers }) => headers?.['X-Total-Count'] !== undefined),
  );
  return paged.map(({ route }) => `- \`${route}\``).join('\n');
}

/** What is under a heading of the second level. */
function sectionOf(markdown, heading) {
  const [, section] = markdown.split(`\n## ${heading}\n`);
  if (section === undefined) throw new Error(`The README has no section ${heading}`);
  return section.split('\n## ')[0].trim();
}

function table(head, rows) {
  const lines = [head, head.map(() => '---'), ...rows.map((row) => row.map(escaped))];
  return lines.map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

const escaped = (text) => text.replaceAll('|', '\\|').replaceAll('\n', ' ');
