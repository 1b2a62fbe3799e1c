import { parse } from 'yaml';

const KEY = /^( *)([A-Za-z]\w*):/;
const COMMENT = /^ *# (.*)$/;

/**
 * The values of a chart that have a comment, in their order. What is below one of them is part of
 * its default.
 *
 * @param text of `values.yaml`
 * @returns `{ path, meaning, fallback }[]`, the path with dots between its names
 * @throws Error naming a value that has no comment
 */
export function documentedValues(text) {
  const defaults = parse(text);
  const found = [];
  const names = [];
  let meaning = '';
  for (const line of text.split('\n')) {
    const [, words] = COMMENT.exec(line) ?? [];
    const [, indent, name] = KEY.exec(line) ?? [];
    if (name !== undefined) {
      names.splice(indent.length / 2, names.length, name);
      if (meaning !== '') found.push({ path: names.join('.'), meaning });
    }
    meaning = words === undefined ? '' : `${meaning} ${words}`.trim();
  }
  const described = found.map((one) => ({ ...one, fallback: at(defaults, one.path) }));
  const silent = leaves(defaults).find((leaf) => !described.some((one) => covers(one.path, leaf)));
  if (silent !== undefined) throw new Error(`values.yaml says nothing about ${silent}`);
  return described;
}

function at(values, path) {
  return path.split('.').reduce((value, name) => value[name], values);
}

function covers(path, leaf) {
  return leaf === path || leaf.startsWith(`${path}.`);
}

function leaves(value, path = '') {
  const isMap = value !== null && typeof value === 'object' && !Array.isArray(value);
  if (!isMap || (Object.keys(value).length === 0 && path !== '')) return [path];
  return Object.entries(value).flatMap(([name, inner]) =>
    leaves(inner, path === '' ? name : `${path}.${name}`),
  );
}
