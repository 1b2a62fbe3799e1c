/** What a chart renders to, as objects. */
import { parseAllDocuments } from 'yaml';
import type { Manifest } from '../cluster/kube-objects.types.js';

export class Rendered {
  readonly objects: readonly Manifest[];

  constructor(text: string) {
    this.objects = parseAllDocuments(text)
      .map((document) => document.toJS() as Manifest | null)
      .filter((object) => object !== null);
  }

  /** The kinds that it has any object of. */
  get kinds(): Set<string> {
    return new Set(this.objects.map(({ kind }) => kind));
  }

  /** @throws Error when there is none */
  one(kind: string, name: string): Manifest {
    const found = this.objects.find((one) => one.kind === kind && one.metadata.name === name);
    if (found === undefined) throw new Error(`There is no ${kind} ${name}`);
    return found;
  }
}
