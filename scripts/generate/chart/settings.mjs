// The settings of the server that the chart takes by the names of their variables.

import { z } from 'zod';
import { CONCERNS } from '../../../dist/config/load-config.js';

/** What other values of the chart decide, what a Secret holds, and what is for nodes beside the server. */
const DECIDED_ELSEWHERE = new Set([
  'NEXUS_DRIVER',
  'NEXUS_PORT',
  'NEXUS_METRICS_PORT',
  'NEXUS_DATA_DIR',
  'NEXUS_NAMESPACE',
  'KUBECONFIG',
  'NEXUS_KUBE_CONTEXT',
  'NEXUS_NODE_COMMAND',
  'NEXUS_NODE_TEMPLATE_DIR',
  'NEXUS_NODE_ENV',
  'NEXUS_NODE_START_TIMEOUT',
  'NEXUS_LOCAL_STARTS',
  'NEXUS_NODE_PORTS',
]);

/** A setting that is a whole number may be written as one. */
const WHOLE_NUMBER = '^\\d{1,10}$';

/**
 * Their schemas by name: what the server's own schemas say of a text. A bound that only their code
 * knows is the server's to tell.
 */
export function settingSchemas() {
  const settings = CONCERNS.flatMap((concern) => Object.values(concern.settings));
  const taken = settings.filter(
    ({ name, secret }) => secret !== true && !DECIDED_ELSEWHERE.has(name),
  );
  return Object.fromEntries(taken.map((one) => [one.name, schemaOf(one)]));
}

function schemaOf({ schema, summary }) {
  const options = { io: 'input', unrepresentable: 'any', target: 'draft-7' };
  const { $schema: _, ...text } = z.toJSONSchema(schema, options);
  const type = text.pattern === WHOLE_NUMBER ? ['string', 'integer'] : 'string';
  return { description: summary, ...text, type };
}
