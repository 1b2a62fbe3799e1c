import { z } from 'zod';

/** A run as a node takes it; what is not named here is passed on as it is. */
export const nodeRunSchema = z
  .looseObject({
    query: z.string().max(100_000).meta({ example: 'Where is order 4711?' }),
    session_id: z.string().max(200).optional(),
    context: z.record(z.string(), z.unknown()).nullish(),
  })
  .meta({ id: 'NodeRun' });

/** The node's answer, as it is. */
export const nodeAnswerSchema = z.unknown().meta({ id: 'NodeAnswer' });

export type NodeRun = z.output<typeof nodeRunSchema>;
