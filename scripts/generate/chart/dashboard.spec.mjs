import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { dashboard } from './dashboard.mjs';

const { panels } = dashboard();
const expressions = panels.flatMap(({ targets }) => targets.map(({ expr }) => expr));

describe('the dashboard', () => {
  const page = readFileSync('docs/operations.md', 'utf8');
  const ours = expressions.flatMap((expr) => [
    ...expr.matchAll(/\b(?:nexus|controller_runtime|workqueue|leader_election|rest_client)_\w+/g),
  ]);

  it.each([...new Set(ours.map(([name]) => name.replace(/_bucket$/, '')))])(
    'asks for %s, which the page of the metrics has',
    (name) => {
      expect(page).toContain(`\`${name}\``);
    },
  );

  it('has a place of its own for each panel', () => {
    const places = panels.map(({ gridPos: { x, y } }) => `${x},${y}`);
    expect(new Set(places).size).toBe(panels.length);
  });
});
