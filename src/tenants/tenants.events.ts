/** Topic of wakes about tenants; the key is the tenant's id. */
export const TENANT_TOPIC = 'tenant';
