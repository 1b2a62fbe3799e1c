/**
 * Lets a server go without a broken connection: once it is announced, every answer asks its client
 * to come back over another connection, which leads to another server. One that is closed without
 * a warning may have a request on its way.
 */
export class Departure {
  private begun = false;

  /** Whether the server has said that it goes. */
  get announced(): boolean {
    return this.begun;
  }

  announce(): void {
    this.begun = true;
  }
}
