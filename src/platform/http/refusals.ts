/** Whom a request came from, once that was proven. */
export interface RefusedActor {
  readonly kind: string;
  readonly id: string;
  readonly label: string;
  /** The tenant that a key belongs to. */
  readonly tenantId?: string | null;
}

/** What is learnt of a request on its way, and told when it is refused. */
export interface RequestFacts {
  actor?: RefusedActor | undefined;
  /** The operation id of its route. */
  operation?: string | undefined;
  /** The tenant it is for, once it is known that the actor belongs there. */
  tenantId?: string | undefined;
}

/** A request that was answered with an error of the caller's. */
export interface Refusal extends RequestFacts {
  readonly method: string;
  /** Without the query. */
  readonly path: string;
  readonly status: number;
  readonly code: string;
  readonly requestId: string;
  /** Where it came from. */
  readonly address: string;
}

/** Hears of refusals; provided by the part that keeps a record of them. */
export abstract class RefusalListener {
  /** Must neither throw nor make anybody wait. */
  abstract refused(refusal: Refusal): void;
}
