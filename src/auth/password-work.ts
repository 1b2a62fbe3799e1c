/** What runs on the thread of a {@link PasswordThread}: one piece of work after the other. */
import { parentPort } from 'node:worker_threads';
import { hashSync, verifySync } from '@node-rs/argon2';
import type { PasswordAnswer, PasswordWork } from './password-thread.types.js';

parentPort?.on('message', (work: PasswordWork) => parentPort?.postMessage(answerTo(work)));

function answerTo(work: PasswordWork): PasswordAnswer {
  try {
    const { password } = work;
    if ('stored' in work) return { value: verifySync(work.stored, password) };
    return { value: hashSync(password, work.cost) };
  } catch (error) {
    return { error };
  }
}
