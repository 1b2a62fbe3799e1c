import { z } from 'zod';
import { mapKeyedBy } from './structural-schema.js';

/** Conditions in a status: one of each type. */
export const conditionsSchema = z
  .array(
    z.strictObject({
      type: z.string().max(316),
      status: z.enum(['True', 'False', 'Unknown']),
      reason: z.string().min(1).max(1024).describe('One word in CamelCase, for programs.'),
      message: z.string().max(32_768).describe('A sentence, for people.'),
      lastTransitionTime: z.iso.datetime().describe('When `status` last flipped.'),
      observedGeneration: z.int().min(0).describe('The generation that this is about.'),
    }),
  )
  .meta(mapKeyedBy('type'))
  .describe('What is so right now: Ready always, Reconciling and Stalled while they are true.');
