/** What the metrics of a server say of its reconcilers, and of the nodes that it asks. */

/** Numbers of passes, by the names of the reconcilers, and of keys that are due or worked on. */
export interface Passes {
  done: Map<string, number>;
  left: number;
}

const LINE = /^(\w+)\{([^}]*)\} ([\d.e+-]+)$/gm;
const NODE_CALLS = 'nexus_node_call_duration_seconds_count';
const LEFT = ['workqueue_depth', 'controller_runtime_active_workers'];

/** Reads them from what `/metrics` answers. */
export function passesIn(metrics: string): Passes {
  const passes: Passes = { done: new Map(), left: 0 };
  for (const [, name = '', labels = '', value] of metrics.matchAll(LINE)) {
    if (LEFT.includes(name)) passes.left += Number(value);
    if (name !== 'controller_runtime_reconcile_total') continue;
    const [, controller = ''] = /controller="([^"]*)"/.exec(labels) ?? [];
    passes.done.set(controller, (passes.done.get(controller) ?? 0) + Number(value));
  }
  return passes;
}

/** How many calls to nodes have ended so far, whatever came of them and whichever way they went. */
export function nodeCallsIn(metrics: string): number {
  return [...metrics.matchAll(LINE)]
    .filter(([, name]) => name === NODE_CALLS)
    .reduce((sum, [, , , value]) => sum + Number(value), 0);
}
