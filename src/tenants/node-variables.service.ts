import { Injectable } from '@nestjs/common';

/** What a tenant's node gets of an environment, beside its own settings. */
export interface GivenVariables {
  /** Values by name; for the environment of the node and nothing else. */
  readonly values: Readonly<Record<string, string>>;
  /** Another text whenever a value is another one; it tells nothing of them. */
  readonly stamp: string;
  /** Names whose value is there and cannot be opened. */
  readonly unreadable: readonly string[];
}

export const NO_VARIABLES: GivenVariables = { values: {}, stamp: '', unreadable: [] };

/** A part of the product that gives variables to nodes. */
export abstract class NodeVariableSource {
  abstract variablesOf(tenantId: string): Promise<GivenVariables>;
}

/** The variables of nodes, from every part that has some; parts add themselves. */
@Injectable()
export class NodeVariables {
  private readonly sources: NodeVariableSource[] = [];

  add(source: NodeVariableSource): void {
    this.sources.push(source);
  }

  /** All that a tenant's node gets; of two of one name, that of the part added first. */
  async of(tenantId: string): Promise<GivenVariables> {
    const given = await Promise.all(this.sources.map((source) => source.variablesOf(tenantId)));
    return {
      values: Object.assign({}, ...given.map(({ values }) => values).toReversed()),
      stamp: given.map(({ stamp }) => stamp).join(';'),
      unreadable: given.flatMap(({ unreadable }) => unreadable),
    };
  }
}
