/** Topic of wakes about accounts; the key is the account's id (`usr_…`). */
export const USER_TOPIC = 'user';
