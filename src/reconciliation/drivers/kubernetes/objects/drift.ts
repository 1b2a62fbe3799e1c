import type { KubernetesObject } from '../../../../platform/kubernetes/kubernetes-object.js';
import { sameQuantity } from '../../../../platform/kubernetes-quantity/same-quantity.js';
import { canonicalJson } from '../../../../platform/json/canonical-json.js';
import { isJsonObject } from '../../../../platform/json/json-object.js';
import type { AppliedObject } from '../../../resources/applied-object.js';
import { POD_SECURITY } from './namespace.js';
import { type ObjectShape, shapeOf } from './object-shapes.js';
import { GROUP } from '../../../resources/resource-names.js';

// Compares an object as it is with what we apply (contracts/kubernetes.md, In sync). Beside a wrong
// field it also finds what somebody has added: server-side apply leaves that where it is.

/** One field that is not as it is applied, and what would put it right. */
export interface Difference {
  /** For people: `spec.template.spec.containers[name=astromesh-node].image`. */
  readonly path: string;
  /** Where in the live object, as a JSON pointer (RFC 6901). */
  readonly pointer: string;
  readonly change: 'add' | 'replace' | 'remove';
  /** What belongs there; undefined for `remove`. */
  readonly value: unknown;
}

interface Place {
  readonly path: string;
  readonly pointer: string;
  /** The path without keys and positions, as `object-shapes.ts` writes it. */
  readonly pattern: string;
  /** The same of what it is in. */
  readonly parent: string;
}

/** Labels that mean something to us or to Pod Security admission: none may be there but ours. */
const OWN_LABELS = [`${GROUP}/`, POD_SECURITY];

/** Every difference, in the order of the fields; empty when the object is as it is applied. */
export function differences(live: KubernetesObject, applied: AppliedObject): Difference[] {
  const shape = shapeOf(applied);
  const { apiVersion: _, kind: __, metadata, status: ___, ...fields } = applied;
  const root = { path: '', pointer: '', pattern: '', parent: '' };
  const found = metadataDifferences(live.metadata, metadata);
  const names = new Set([...Object.keys(fields), ...shape.closed]);
  for (const name of names) {
    const actual = (live as AppliedObject)[name];
    found.push(...compare(actual, fields[name], child(root, name), shape));
  }
  return found;
}

function metadataDifferences(
  live: KubernetesObject['metadata'],
  { labels = {}, annotations = {}, finalizers = [] }: AppliedObject['metadata'],
): Difference[] {
  const root = { path: 'metadata', pointer: '/metadata', pattern: 'metadata', parent: '' };
  const strange = Object.keys(live.labels ?? {}).filter(
    (name) => OWN_LABELS.some((prefix) => name.startsWith(prefix)) && !(name in labels),
  );
  const place = child(root, 'labels');
  return [
    ...appliedKeys(live.labels, labels, place),
    ...strange.map((name) => removal(child(place, name))),
    ...appliedKeys(live.annotations, annotations, child(root, 'annotations')),
    ...finalizers
      .filter((name) => !(live.finalizers ?? []).includes(name))
      .map((name) => addition(child(root, 'finalizers'), live.finalizers, name)),
  ];
}

/** Of a map that others write into as well: only what is applied. */
function appliedKeys(
  live: Record<string, string> | undefined,
  applied: Record<string, string>,
  place: Place,
): Difference[] {
  if (live === undefined) {
    return Object.keys(applied).length === 0 ? [] : [change('add', place, applied)];
  }
  return Object.entries(applied)
    .filter(([name, value]) => live[name] !== value)
    .map(([name, value]) => change(name in live ? 'replace' : 'add', child(place, name), value));
}

function compare(live: unknown, applied: unknown, place: Place, shape: ObjectShape): Difference[] {
  if (shape.whole.includes(place.pattern)) return compareWhole(live, applied, place);
  if (isAbsent(applied)) return isAllowed(live, place, shape) ? [] : [removal(place)];
  if (isAbsent(live)) return [change('add', place, applied)];
  if (isJsonObject(live) && isJsonObject(applied)) return compareMaps(live, applied, place, shape);
  if (Array.isArray(live) && Array.isArray(applied)) {
    return compareLists(live, applied, place, shape);
  }
  return isSame(live, applied, place, shape) ? [] : [change('replace', place, applied)];
}

function compareLists(
  live: readonly unknown[],
  applied: readonly unknown[],
  place: Place,
  shape: ObjectShape,
): Difference[] {
  const keys = shape.keyed[place.pattern];
  if (keys !== undefined) return compareItems(live, applied, keys, place, shape);
  return isSame(live, applied, place, shape) ? [] : [change('replace', place, applied)];
}

/** A value in which every detail counts, `null` included. */
function compareWhole(live: unknown, applied: unknown, place: Place): Difference[] {
  if (canonicalJson(live) === canonicalJson(applied)) return [];
  return [change(live === undefined ? 'add' : 'replace', place, applied)];
}

function compareMaps(
  live: Record<string, unknown>,
  applied: Record<string, unknown>,
  place: Place,
  shape: ObjectShape,
): Difference[] {
  const names = [...new Set([...Object.keys(applied), ...Object.keys(live)])];
  return names.flatMap((name) => compare(live[name], applied[name], child(place, name), shape));
}

/** A list whose items are told apart by some of their fields; their order means nothing. */
function compareItems(
  live: readonly unknown[],
  applied: readonly unknown[],
  keys: readonly string[],
  place: Place,
  shape: ObjectShape,
): Difference[] {
  const left = new Map(applied.map((item) => [keyOfItem(item, keys), item]));
  const found = live.flatMap((item, index) => {
    const key = keyOfItem(item, keys);
    const wanted = left.get(key);
    left.delete(key);
    return compare(item, wanted, itemPlace(place, key, index), shape);
  });
  const missing = [...left].map(([key, item]) => ({
    ...change('add', { ...place, path: `${place.path}[${key}]` }, item),
    pointer: `${place.pointer}/-`,
  }));
  return [...found, ...missing];
}

/** A list that is one value, or a plain value. */
function isSame(live: unknown, applied: unknown, place: Place, shape: ObjectShape): boolean {
  if (Array.isArray(live) && Array.isArray(applied)) {
    const pattern = `${place.pattern}[]`;
    return (
      live.length === applied.length &&
      live.every(
        (item, index) =>
          compare(item, applied[index], { ...place, pattern, parent: place.pattern }, shape)
            .length === 0,
      )
    );
  }
  if (live === applied) return true;
  return shape.amounts.includes(place.parent) && sameQuantity(String(live), String(applied));
}

/** Whether something that is not applied may be there all the same. */
function isAllowed(live: unknown, place: Place, shape: ObjectShape): boolean {
  const isOpen = [place.pattern, place.parent].some((pattern) => shape.open.includes(pattern));
  if (isAbsent(live) || isOpen) return true;
  return place.pattern in shape.defaults && shape.defaults[place.pattern] === live;
}

function isAbsent(value: unknown): value is undefined | null {
  return value === undefined || value === null;
}

function keyOfItem(item: unknown, keys: readonly string[]): string {
  const fields = isJsonObject(item) ? item : {};
  return keys.map((key) => `${key}=${JSON.stringify(fields[key])}`).join(',');
}

function child({ path, pointer, pattern }: Place, name: string): Place {
  const plain = /^[A-Za-z0-9_]+$/.test(name);
  const step = plain ? `${path === '' ? '' : '.'}${name}` : `["${name}"]`;
  return {
    path: `${path}${step}`,
    pointer: `${pointer}/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`,
    pattern: pattern === '' ? name : `${pattern}.${name}`,
    parent: pattern,
  };
}

function itemPlace({ path, pointer, pattern }: Place, key: string, index: number): Place {
  return {
    path: `${path}[${key}]`,
    pointer: `${pointer}/${index}`,
    pattern: `${pattern}[]`,
    parent: pattern,
  };
}

function change(kind: 'add' | 'replace', { path, pointer }: Place, value: unknown): Difference {
  return { path, pointer, change: kind, value };
}

function removal({ path, pointer }: Place): Difference {
  return { path, pointer, change: 'remove', value: undefined };
}

function addition(place: Place, live: readonly string[] | undefined, item: string): Difference {
  if (live === undefined) return change('add', place, [item]);
  return { ...change('add', place, item), pointer: `${place.pointer}/-` };
}
