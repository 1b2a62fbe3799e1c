/** The retention that the product has when nothing is set. */
import { RetentionConfig } from '../../src/config/retention.config.js';

export const RETENTION = new RetentionConfig({
  auditDays: 400,
  versions: 50,
  runDays: 8,
  sessionDays: 30,
});
