import { describe, expect, it } from 'vitest';
import { clusterSettings, tenantWish } from '../../../../../test/support/tenant-wish.js';
import { tenantNamespace } from './namespace.js';
import { isOurs, ownLabels } from './object-metadata.js';

const SETTINGS = clusterSettings();
const TENANT = tenantWish();
const withLabels = (labels?: Record<string, string>) => ({
  metadata: { name: 'x', ...(labels && { labels }) },
});

describe('isOurs', () => {
  it('is so of what we have made, and of what was made for us', () => {
    expect(isOurs(tenantNamespace(TENANT, SETTINGS), TENANT, SETTINGS)).toBe(true);
    expect(isOurs(withLabels(ownLabels(SETTINGS)), TENANT, SETTINGS)).toBe(true);
  });

  it("is not so of other people's, of another install and of another tenant", () => {
    const namespace = tenantNamespace(TENANT, SETTINGS);
    expect(isOurs(withLabels(), TENANT, SETTINGS)).toBe(false);
    expect(isOurs(withLabels({ 'app.kubernetes.io/managed-by': 'nexus' }), TENANT, SETTINGS)).toBe(
      false,
    );
    expect(isOurs(namespace, TENANT, clusterSettings({ installId: 'blue' }))).toBe(false);
    expect(isOurs(namespace, tenantWish({ id: 't_2' }), SETTINGS)).toBe(false);
  });
});
