/** A table that stands on a terminal, each one drawn over the one before. */
export class DrawnTable {
  /** Lines that stand there. */
  private lines = 0;

  constructor(private readonly write: (text: string) => void) {}

  /** `table` ends with a line break; `columns` are the terminal's. */
  draw(table: string, columns: number): void {
    // A line longer than the terminal would take two, and be counted as one.
    const lines = table.split('\n').map((line) => line.slice(0, columns));
    this.write(this.erase() + lines.join('\n'));
    this.lines = lines.length - 1;
  }

  /** Writes `text` where the table stood; the next one comes below it. */
  replace(text: string): void {
    this.write(this.erase() + text);
  }

  /** The last table stays. Tells whether there is one. */
  leave(): boolean {
    const stands = this.lines > 0;
    this.lines = 0;
    return stands;
  }

  /** ECMA-48: cursor up, erase to the end of the page. */
  private erase(): string {
    const up = this.lines === 0 ? '' : `\x1b[${this.lines}A\x1b[J`;
    this.lines = 0;
    return up;
  }
}
