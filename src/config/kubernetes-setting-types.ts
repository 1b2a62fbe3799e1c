import { z } from 'zod';

const LABEL_VALUE = /^[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$/;
const DNS_LABEL = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/;
const LABEL_KEY =
  /^([a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?\/)?[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$/;
const OWN_LABELS = /^(app\.kubernetes\.io\/|pod-security\.kubernetes\.io\/|nexus\.astromesh\.io\/)/;
const NO_LABEL = 'is no label such as team=ai';
const QUANTITY = String.raw`\d{1,15}(?:\.\d{1,3})?`;
const PAIR = new RegExp(`^(${QUANTITY}m?),(${QUANTITY}(?:k|M|G|T|Ki|Mi|Gi|Ti)?)$`);

/** The name of a namespace, which is also a good value of a label. */
export function labelValue() {
  return z
    .string()
    .regex(
      DNS_LABEL,
      'must be lower-case letters, digits and "-", at most 63, such as nexus-system',
    );
}

/** CPU and memory such as `100m,256Mi`. */
export function quantityPair() {
  const message = 'must be cpu,memory such as 100m,256Mi';
  return z
    .string({ error: message })
    .regex(PAIR, message)
    .transform((value) => {
      const [, cpu = '', memory = ''] = PAIR.exec(value) ?? [];
      return { cpu, memory };
    });
}

/** Labels such as `team=ai,cost-centre=42`; none when absent. */
export function labelMap() {
  return z
    .string()
    .optional()
    .transform((value, context) => {
      const labels: Record<string, string> = {};
      for (const pair of (value ?? '').split(/[\s,]+/).filter((one) => one !== '')) {
        const [key = '', text, ...rest] = pair.split('=');
        const problem = rest.length > 0 ? NO_LABEL : labelProblem(key, text);
        if (problem !== undefined) context.addIssue(`holds "${pair}", which ${problem}`);
        labels[key] = text ?? '';
      }
      return labels;
    });
}

function labelProblem(key: string, value: string | undefined): string | undefined {
  if (value === undefined || !LABEL_KEY.test(key)) return NO_LABEL;
  if (value !== '' && !LABEL_VALUE.test(value)) return NO_LABEL;
  return OWN_LABELS.test(key) ? 'is a label that Nexus sets itself' : undefined;
}
