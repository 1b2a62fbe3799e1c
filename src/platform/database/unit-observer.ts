/** Is told of every unit of work when it is over; this one does not listen. */
export class UnitObserver {
  /**
   * @param waitedMs from the wish to write to the first statement: the queue on SQLite, a free
   *   connection on PostgreSQL
   * @param ranMs the work itself; the commit, which units may share, is not part of it
   */
  ended(_outcome: 'done' | 'failed', _waitedMs: number, _ranMs: number): void {}
}
