// `docs/configuration.md`, made from the settings themselves.

import { configurationPage } from '../../dist/config/document.js';

/** Where the file belongs, from the root of the project. */
export const file = 'docs/configuration.md';

/** The text of the file. */
export async function make() {
  return configurationPage();
}
