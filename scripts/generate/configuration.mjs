// `docs/configuration.md`, made from the settings themselves.

import { configurationPage } from '../../dist/config/document.js';

/** The file, by where it belongs from the root of the project, with what makes its text. */
export const files = { 'docs/configuration.md': async () => configurationPage() };
