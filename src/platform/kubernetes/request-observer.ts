/** Is told of every answer of an API server; this one does not listen. */
export class RequestObserver {
  /**
   * @param code the HTTP status, or `<error>` when no answer came
   * @param host of the API server, with its port
   */
  answered(_code: string, _method: string, _host: string): void {}
}
