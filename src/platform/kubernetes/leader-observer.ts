/** Is told who leads; this one does not listen. */
export class LeaderObserver {
  /** @param lease the name of the Lease */
  changed(_lease: string, _leads: boolean): void {}
}
