/** A run that failed under way and has reported all the same: its result names the error. */
export class RunFailed extends Error {
  readonly exit = 1;
  readonly line: string;

  constructor({ code, message }: { code: string; message: string }) {
    super(message);
    this.line = `warpline: ${code}: ${message}`;
  }
}
