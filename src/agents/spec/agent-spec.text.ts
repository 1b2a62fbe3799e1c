// Checks on the text of a spec that must come before, or beside, a recursive parser.

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
