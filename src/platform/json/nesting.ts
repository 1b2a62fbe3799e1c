/** The deepest nesting of any document that is read: what is deeper is refused unread. */
export const DEPTH_LIMIT = 64;

/**
 * Whether brackets outside quotes nest deeper than `limit`. Exact for JSON; for YAML it counts
 * flow collections, and may count a bracket in plain text, which is harmless below the limit.
 */
export function isNestedDeeper(text: string, limit: number): boolean {
  let depth = 0;
  for (const { character } of outsideQuotes(text)) {
    if (character === '{' || character === '[') depth++;
    else if ((character === '}' || character === ']') && depth > 0) depth--;
    if (depth > limit) return true;
  }
  return false;
}

/** Whether the lists and objects of a value nest deeper than `limit`; goes no deeper itself. */
export function isValueDeeper(value: unknown, limit: number): boolean {
  if (typeof value !== 'object' || value === null) return false;
  if (limit === 0) return true;
  return Object.values(value).some((inner) => isValueDeeper(inner, limit - 1));
}

/** The characters outside double-quoted text; an unclosed quote ends the scan. */
function* outsideQuotes(text: string): Generator<{ character: string }> {
  for (let i = 0; i < text.length; i++) {
    if (text[i] !== '"') {
      yield { character: text[i] ?? '' };
      continue;
    }
    for (i++; i < text.length && text[i] !== '"'; i++) if (text[i] === '\\') i++;
  }
}
