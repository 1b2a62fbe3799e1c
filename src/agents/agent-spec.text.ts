// Checks on the text of a spec that must come before, or beside, a recursive parser.

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

/** One object or array that is open while JSON is scanned. */
interface Frame {
  keys: Set<string> | undefined;
  key: string;
  index: number;
}

/** Paths of the keys that stand twice in one object of a valid JSON text. */
export function findDuplicateKeys(json: string): string[] {
  const frames: Frame[] = [];
  const duplicates: string[] = [];
  const token = /"(?:[^"\\]|\\.)*"|[{}[\],:]/g;
  let last = '';
  for (const [word] of json.matchAll(token)) {
    if (word === ':') noteKey(frames, last, duplicates);
    else step(frames, word);
    last = word;
  }
  return duplicates;
}

function step(frames: Frame[], word: string): void {
  if (word === '{') frames.push({ keys: new Set(), key: '', index: 0 });
  else if (word === '[') frames.push({ keys: undefined, key: '', index: 0 });
  else if (word === '}' || word === ']') frames.pop();
  else if (word === ',') {
    const frame = frames.at(-1);
    if (frame !== undefined) frame.index++;
  }
}

function noteKey(frames: Frame[], word: string, duplicates: string[]): void {
  const frame = frames.at(-1);
  if (frame?.keys === undefined) return;
  const key = JSON.parse(word) as string;
  frame.key = key;
  if (frame.keys.has(key)) duplicates.push(pathOf(frames));
  frame.keys.add(key);
}

function pathOf(frames: readonly Frame[]): string {
  return frames
    .map(({ keys, key, index }) => (keys === undefined ? `[${index}]` : `.${key}`))
    .join('')
    .replace(/^\./, '');
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
