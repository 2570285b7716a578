/** How long a series of runs will still take: each its own length, and what runs cost beside it. */
export class Timetable {
  private runs = 0;
  private extra = 0;

  /** A run that was meant to take so many seconds took so many. */
  done(meant: number, took: number): void {
    this.extra += took - meant;
    this.runs++;
  }

  /** Seconds that so many runs will take which are meant to take `seconds` together. */
  left(runs: number, seconds: number): number {
    return this.runs === 0 ? seconds : seconds + (runs * this.extra) / this.runs;
  }
}

/** `4:05` for 245 seconds, `1:02:03` for 3723. */
export function clockTime(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  const [h, m, s] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  const two = (n: number) => String(n).padStart(2, '0');
  return h > 0 ? `${h}:${two(m)}:${two(s)}` : `${m}:${two(s)}`;
}
