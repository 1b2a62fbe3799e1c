import { z } from 'zod';
import { timeSchema } from '../http/text.schemas.js';

/** A condition as Kubernetes writes them. */
export const conditionSchema = z
  .object({
    type: z.string(),
    status: z.enum(['True', 'False', 'Unknown']).meta({ id: 'ConditionStatus' }),
    reason: z.string().describe('One word in CamelCase, for programs.'),
    message: z.string().describe('A sentence, for people.'),
    lastTransitionTime: timeSchema.describe('When `status` last flipped.'),
    observedGeneration: z.int().describe('The generation of the wish that this is about.'),
  })
  .meta({ id: 'Condition' });
