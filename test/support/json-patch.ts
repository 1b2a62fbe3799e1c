import type { JsonPatchOperation } from '../../src/reconciliation/drivers/kubernetes/objects/in-sync.js';

/** A copy of a document with a JSON patch carried out, as far as such patches are ours. */
export function patched<T>(document: T, patch: readonly JsonPatchOperation[]): T {
  const copy = structuredClone(document);
  for (const operation of patch) carryOut(copy, operation);
  return copy;
}

function carryOut(document: unknown, { op, path, value }: JsonPatchOperation): void {
  const names = path
    .split('/')
    .slice(1)
    .map((name) => name.replaceAll('~1', '/').replaceAll('~0', '~'));
  const last = names.pop() ?? '';
  const parent = names.reduce<unknown>(
    (inner, name) => (inner as Record<string, unknown>)[name],
    document,
  );
  if (Array.isArray(parent)) changeList(parent, op, last, value);
  else changeMap(parent as Record<string, unknown>, op, last, value);
}

function changeList(list: unknown[], op: JsonPatchOperation['op'], at: string, value: unknown) {
  const index = at === '-' ? list.length : Number(at);
  if (op === 'add') list.splice(index, 0, value);
  else if (index >= list.length) throw new Error(`nothing at ${at}`);
  else if (op === 'remove') list.splice(index, 1);
  else list[index] = value;
}

function changeMap(
  map: Record<string, unknown>,
  op: JsonPatchOperation['op'],
  name: string,
  value: unknown,
) {
  if (op !== 'add' && !(name in map)) throw new Error(`nothing at ${name}`);
  if (op === 'remove') delete map[name];
  else map[name] = value;
}
