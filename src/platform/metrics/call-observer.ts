/** Is told of every call to another service when it is over; this one does not listen. */
export class CallObserver {
  /**
   * @param operation one of a few words, never a name that a user chose
   * @param outcome `ok`, or one of a few words for how it failed
   */
  ended(_operation: string, _outcome: string, _tookMs: number): void {}
}
