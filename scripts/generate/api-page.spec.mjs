import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import { apiPage } from './api-page.mjs';
import { openApiDocument } from './openapi.mjs';

const template = readFileSync('scripts/generate/api.template.md', 'utf8');
const readme = readFileSync('README.md', 'utf8');

let document;
let page;
beforeAll(async () => {
  document = await openApiDocument('3.1.0');
  page = apiPage(template, readme, document);
});

describe('the page of the API', () => {
  it('has one row for every operation', () => {
    const operations = Object.entries(document.paths).flatMap(([path, item]) =>
      Object.keys(item).map((method) => `| \`${method.toUpperCase()} ${path}\` |`),
    );
    const rows = page.split('\n');
    for (const operation of operations) {
      expect(rows.filter((row) => row.startsWith(operation))).toHaveLength(1);
    }
  });

  it('tells of a route whom it lets in, and what it answers', () => {
    expect(page).toMatch(
      /^\| `GET \/api\/v1\/tenants\/\{id\}` \| Show a tenant \(`getTenant`\) \| `tenants:read` \| viewer, key \| 200 .*404.* \|$/m,
    );
  });

  it('holds the walkthrough of the README', () => {
    const [, walkthrough] = /\n## Walkthrough\n([^]*?)\n## /.exec(readme);
    const blocks = walkthrough.match(/```sh\n[^]*?\n```/g);
    expect(blocks.length).toBeGreaterThan(5);
    expect(blocks.filter((block) => !page.includes(block))).toEqual([]);
    expect(page).not.toContain('## How it works');
  });

  it('leads nowhere that is not there', () => {
    const linked = [...page.matchAll(/\]\((?!http)([^)#]+)\)/g)].map(([, file]) => file);
    expect(linked.length).toBeGreaterThan(0);
    for (const file of linked) expect(() => readFileSync(`docs/${file}`)).not.toThrow();
  });
});

describe('a template', () => {
  it('may not leave out a part', () => {
    const short = template.replace('<!-- permissions -->', '');
    expect(() => apiPage(short, readme, document)).toThrow(/leaves out permissions/);
  });

  it('may not name a part that nobody makes', () => {
    const long = `${template}\n<!-- weather -->\n`;
    expect(() => apiPage(long, readme, document)).toThrow(/makes weather/);
  });

  it('needs a README with the walkthrough', () => {
    expect(() => apiPage(template, '# Nexus\n', document)).toThrow(/no section Walkthrough/);
  });
});
