// Reads the blocks of a walkthrough out of Markdown, and compares what is shown with what happened.

/**
 * The `sh` blocks under a heading of the second level, each with the `json` or `text` block that
 * follows it.
 *
 * @returns a list of `{ commands, expected: { kind, text } | undefined, line }`
 */
export function blocksOf(markdown, heading) {
  const blocks = [];
  let inside = false;
  let fence;
  for (const [index, line] of markdown.split('\n').entries()) {
    if (fence !== undefined) {
      if (line !== '```') fence.lines.push(line);
      else {
        close(blocks, fence);
        fence = undefined;
      }
    } else if (line.startsWith('## ')) inside = line === `## ${heading}`;
    else if (inside && /^```\w+$/.test(line)) {
      fence = { kind: line.slice(3), line: index + 1, lines: [] };
    }
  }
  return blocks;
}

function close(blocks, { kind, line, lines }) {
  const text = lines.join('\n');
  const last = blocks.at(-1);
  if (kind === 'sh') blocks.push({ commands: text, expected: undefined, line });
  else if (last !== undefined && last.expected === undefined) last.expected = { kind, text };
}

/** Numbers that are never the same twice. */
const FLEETING = new Set(['duration_ms', 'uptime_seconds', 'p50', 'p95', 'p99', 'pid']);

/** In words what differs; undefined when nothing does. */
export function difference(expected, output) {
  if (expected === undefined) return undefined;
  if (expected.kind !== 'json') {
    const [wanted, seen] = [expected.text, output].map((text) => mask(text.trim()));
    return wanted === seen ? undefined : `expected\n${wanted}\nbut it printed\n${seen}`;
  }
  let seen;
  try {
    seen = JSON.parse(output);
  } catch {
    return `expected JSON, but it printed\n${output}`;
  }
  const [a, b] = [JSON.parse(expected.text), seen].map((value) =>
    JSON.stringify(steady(value), null, 2),
  );
  return a === b ? undefined : `expected\n${a}\nbut it printed\n${b}`;
}

/** A document with sorted keys, and with a word in the place of whatever changes. */
function steady(value, key) {
  if (Array.isArray(value)) return value.map((item) => steady(item));
  if (typeof value === 'string') return mask(value);
  if (typeof value === 'number' && FLEETING.has(key)) return '<number>';
  if (typeof value !== 'object' || value === null) return value;
  const keys = Object.keys(value).sort((a, b) => (a < b ? -1 : 1));
  return Object.fromEntries(keys.map((name) => [name, steady(value[name], name)]));
}

const MASKS = [
  [/\b(t|usr|agt|ses|call)_[0-9a-z]{26}\b/g, '$1_<id>'],
  [/\b[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\b/g, '<uuid>'],
  [/\b\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?Z/g, '<time>'],
  [/\beyJ[\w-]+\.[\w-]+\.[\w-]*/g, '<token>'],
  [/\b(nxk|rt)_[\w-]+/g, '$1_<secret>'],
  [/\b[0-9a-f]{32,64}\b/g, '<hash>'],
  [/\b127\.0\.0\.1:\d+/g, '127.0.0.1:<port>'],
];

export function mask(text) {
  return MASKS.reduce((masked, [pattern, word]) => masked.replace(pattern, word), text);
}
