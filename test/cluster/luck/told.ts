import type { Tenant } from '../../../sdk/typescript/index.js';

/** What a tenant's condition says of it; empty where there is none of the type. */
export function told(
  { conditions }: Tenant,
  type: 'Ready' | 'Reconciling' | 'Stalled',
): { reason: string; message: string } {
  const { reason = '', message = '' } = conditions.find((one) => one.type === type) ?? {};
  return { reason, message };
}
