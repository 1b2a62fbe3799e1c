import { beforeEach, describe, expect, it } from 'vitest';
import { AnswerMemory } from './answer-memory.js';
import { Commits } from './row-memory.js';

const ASKER = { id: 'leia' };
const QUESTION = 'which agents?';

describe('AnswerMemory', () => {
  let commits: Commits;
  let memory: AnswerMemory;
  let made: number;
  let isCurrent: boolean;

  beforeEach(() => {
    commits = new Commits();
    memory = new AnswerMemory(commits);
    made = 0;
    isCurrent = true;
    memory.trust({
      get isCurrent() {
        return isCurrent;
      },
      onGap: () => undefined,
    });
  });

  const make = async () => ++made;

  it('gives what it gave before, at once', async () => {
    await expect(memory.of(ASKER, QUESTION, make)).resolves.toBe(1);
    expect(memory.of(ASKER, QUESTION, make)).toBe(1);
    expect(made).toBe(1);
  });

  it('keeps askers and questions apart', async () => {
    await memory.of(ASKER, QUESTION, make);
    await expect(memory.of({ id: 'leia' }, QUESTION, make)).resolves.toBe(2);
    await expect(memory.of(ASKER, 'which tenants?', make)).resolves.toBe(3);
  });

  it('forgets with every commit', async () => {
    await memory.of(ASKER, QUESTION, make);
    commits.happened();
    await expect(memory.of(ASKER, QUESTION, make)).resolves.toBe(2);
  });

  it('remembers nothing that was read while something was committed', async () => {
    await memory.of(ASKER, QUESTION, async () => {
      commits.happened();
      return make();
    });
    await expect(memory.of(ASKER, QUESTION, make)).resolves.toBe(2);
  });

  it('remembers no answer of before a commit under what is asked after it', async () => {
    let finish = (_answer: number): void => undefined;
    const slow = memory.of(ASKER, QUESTION, () => new Promise<number>((done) => (finish = done)));
    commits.happened();
    await memory.of(ASKER, 'which tenants?', make);
    finish(-1);
    await slow;
    await expect(memory.of(ASKER, QUESTION, make)).resolves.toBe(2);
  });

  it('remembers no failure', async () => {
    const failing = memory.of(ASKER, QUESTION, () => Promise.reject(new Error('away')));
    await expect(failing).rejects.toThrow('away');
    await expect(memory.of(ASKER, QUESTION, make)).resolves.toBe(1);
  });

  it('believes nothing while writes of others may be unnoticed', async () => {
    await memory.of(ASKER, QUESTION, make);
    isCurrent = false;
    await expect(memory.of(ASKER, QUESTION, make)).resolves.toBe(2);
  });

  it('remembers nothing before it is told what to trust', async () => {
    const untold = new AnswerMemory(commits);
    await untold.of(ASKER, QUESTION, make);
    await expect(untold.of(ASKER, QUESTION, make)).resolves.toBe(2);
  });
});
