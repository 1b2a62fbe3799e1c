/**
 * Topic of wakes about credentials that stop being good; the key is the id of the session, of the
 * user, the hash of the key, or the id of the tenant whose keys they are.
 */
export const CREDENTIAL_TOPIC = 'credential';
