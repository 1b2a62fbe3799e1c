import { isObject, type JsonObject } from './json.js';

const PLACEHOLDER = /\{\{\s*([A-Za-z_][\w.]*)\s*\}\}/g;

/**
 * Fills `{{ name }}` and `{{ a.b }}` from `values`; an unknown name becomes empty text. Nothing
 * else of a template language is understood: other text stays as it is.
 */
export function fillPrompt(template: string, values: JsonObject): string {
  return template.replace(PLACEHOLDER, (_match, path: string) => {
    let value: unknown = values;
    for (const key of path.split('.')) {
      value = isObject(value) && Object.hasOwn(value, key) ? value[key] : undefined;
    }
    if (value === undefined || value === null) return '';
    return typeof value === 'string' ? value : JSON.stringify(value);
  });
}
