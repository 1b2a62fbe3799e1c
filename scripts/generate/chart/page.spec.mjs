import { expect, it } from 'vitest';
import { chartPage } from './page.mjs';

it('has a row for each value, with a default that can be read', () => {
  const values = [
    { path: 'a.b', meaning: 'This | that.', fallback: '' },
    { path: 'c', meaning: 'A list.', fallback: ['x'] },
    { path: 'd', meaning: 'Whether.', fallback: false },
  ];
  const page = chartPage(values);
  expect(page).toContain('| `a.b` | This \\| that. | empty |\n');
  expect(page).toContain('| `c` | A list. | `["x"]` |\n');
  expect(page).toContain('| `d` | Whether. | `false` |\n');
});
