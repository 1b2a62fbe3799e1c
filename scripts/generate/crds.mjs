// `crds/`, made from the resources' schemas; the same files lie where `kubectl apply -k` and Helm may
// read.

import {
  definitionFiles,
  definitionText,
} from '../../dist/reconciliation/resources/definition-files.js';

const FOLDERS = ['crds', 'charts/kustomize/crds', 'charts/nexus/files/crds'];

/** The files, by where they belong from the root of the project, with what makes their text. */
export const files = Object.fromEntries(
  FOLDERS.flatMap((folder) =>
    Object.entries(definitionFiles()).map(([name, objects]) => [
      `${folder}/${name}`,
      async () => definitionText(objects),
    ]),
  ),
);
