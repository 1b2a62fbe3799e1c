// Every place of an object where somebody can change one thing.

/** One change of one place: an edit of a value, a removal, or something added. */
export interface Edit {
  /** For people: `edit spec.replicas`. */
  readonly name: string;
  /** The steps from the root: names, and positions in lists. */
  readonly at: readonly (string | number)[];
  readonly kind: 'edit' | 'remove' | 'add';
}

/** Each edit and removal of each field below `value`, and an addition to each map and list. */
export function editsOf(value: unknown, at: readonly (string | number)[] = []): Edit[] {
  if (typeof value !== 'object' || value === null) return [edit('edit', at)];
  const inner = Array.isArray(value) ? [...value.entries()] : Object.entries(value);
  return [
    edit('add', at),
    ...inner.flatMap(([name, one]) => [
      edit('remove', [...at, name]),
      ...editsOf(one, [...at, name]),
    ]),
  ];
}

/** A copy of an object with one edit made. */
export function edited<T>(object: T, { at, kind }: Edit): T {
  const copy = structuredClone(object);
  const names = kind === 'add' ? at : at.slice(0, -1);
  const parent = names.reduce<unknown>((inner, name) => (inner as never)[name], copy);
  if (kind === 'add') addTo(parent);
  else if (kind === 'remove') removeFrom(parent, at.at(-1));
  else {
    const name = at.at(-1) ?? '';
    Object.assign(parent as object, { [name]: other((parent as never)[name]) });
  }
  return copy;
}

function edit(kind: Edit['kind'], at: Edit['at']): Edit {
  return { name: `${kind} ${at.join('.')}`, at, kind };
}

function addTo(parent: unknown): void {
  if (Array.isArray(parent)) parent.push(addition(parent));
  else Object.assign(parent as object, { strange: 'x' });
}

/** Something like what is in the list already, under another name. */
function addition(list: readonly unknown[]): unknown {
  const [first] = list;
  if (typeof first !== 'object' || first === null) return other(first ?? 'x');
  return Object.fromEntries(
    Object.entries(first).map(([name, value]) => [
      name,
      typeof value === 'object' ? value : other(value),
    ]),
  );
}

function removeFrom(parent: unknown, name: string | number | undefined): void {
  if (Array.isArray(parent)) parent.splice(Number(name), 1);
  else delete (parent as Record<string, unknown>)[String(name)];
}

/** Another value of the same kind. */
function other(value: unknown): unknown {
  if (typeof value === 'number') return value + 1;
  if (typeof value === 'boolean') return !value;
  return `${String(value)}x`;
}
