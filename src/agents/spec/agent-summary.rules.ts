import { type JsonObject, listAt, objectAt, textAt } from '../../platform/json/json-object.js';

// What the lists show of a spec that was found valid.

/** `metadata.name`. */
export function nameOf(document: JsonObject): string | undefined {
  return textAt(objectAt(document, 'metadata'), 'name');
}

/** `metadata.version`, null when absent. */
export function versionOf(document: JsonObject): string | null {
  return textAt(objectAt(document, 'metadata'), 'version') ?? null;
}

/** `provider/model` of the primary model, or of the first candidate; null when none is named. */
export function modelOf(document: JsonObject): string | null {
  const model = objectAt(objectAt(document, 'spec'), 'model');
  const [first] = listAt(objectAt(model, 'default'), 'candidates');
  for (const block of [model['primary'], first, model]) {
    const provider = textAt(block, 'provider');
    if (provider === undefined) continue;
    const name = textAt(block, 'model');
    return printable(name === undefined ? provider : `${provider}/${name}`);
  }
  return null;
}

/** `metadata.labels` that are text. */
export function labelsOf(document: JsonObject): Record<string, string> {
  const labels = objectAt(objectAt(document, 'metadata'), 'labels');
  return Object.fromEntries(
    Object.entries(labels).filter((entry): entry is [string, string] => {
      return typeof entry[1] === 'string';
    }),
  );
}

/** Columns of text cannot hold every character that JSON can. */
function printable(text: string): string {
  return text.replace(/\p{Cc}/gu, '');
}
