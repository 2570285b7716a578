/** What a trial at the rate that was asked for has shown. */
export interface TrialVerdict {
  lost: number;
  /** What the source really offered, in Mpps: a slow one offers less than it is asked for. */
  offeredMpps: number;
}

/** An offered rate below this share of the one asked for says nothing of that one. */
export const TRUE_RATE = 0.99;
/** Where nothing is lost at the peak the rate is raised by this. */
const RAISE = 1.1;

/** What a search may do, each absent: its default. */
export interface SearchLimits {
  /** How often a rate that failed is tried again (0: the RFC has no such thing). */
  retries?: number;
  /** The highest rate to try, in Mpps: that of a link (twice the peak). */
  most?: number;
}

/**
 * The highest rate at which nothing is lost, by halving (RFC 2544, section 26.1): who runs it makes a
 * trial at `next`, tells what happened by `note`, until there is no `next`.
 *
 *   0 ── passed ──── low ······ next ······ high ──── failed ──
 *
 * The last trial confirms `low`; where it fails, the search goes on below.
 */
export class RateSearch {
  /** Rates that passed, rising; the last one is `low`. */
  private passed: number[] = [];
  /** The lowest rate that failed; absent: none has. */
  private high?: number;
  private confirmed = false;
  /** Trials in a row that the rate to be tried has failed. */
  private failures = 0;
  private readonly retries: number;
  private readonly most: number;

  constructor(
    private readonly peak: number,
    /** How close to each other `low` and `high` must come, in Mpps. */
    private readonly resolution: number,
    { retries = 0, most = 2 * peak }: SearchLimits = {},
  ) {
    this.retries = retries;
    this.most = most;
  }

  /** The rate of the next trial in Mpps; undefined: the search is over. */
  get next(): number | undefined {
    const { high, low, most } = this;
    if (this.confirmed) return undefined;
    if (high === undefined && low === 0) return this.first;
    if (high === undefined && low < most) return Math.min(low * RAISE, most);
    if (!this.narrow) return (low + (high ?? low)) / 2;
    return low === 0 ? undefined : low;
  }

  /** Whether the next trial is the one that confirms the result. */
  get confirming(): boolean {
    return this.next !== undefined && this.narrow;
  }

  /** The highest rate that passed, in Mpps; 0: none did. */
  get low(): number {
    return this.passed.at(-1) ?? 0;
  }

  /** Whether the search ended with a trial that confirmed `low`. */
  get sure(): boolean {
    return this.confirmed;
  }

  /** Trials still to come, if what is found is confirmed at once. */
  get left(): number {
    if (this.next === undefined) return 0;
    if (this.narrow) return 1;
    const gap = this.high === undefined ? this.peak : this.high - this.low;
    const halvings = Math.ceil(Math.log2(gap / this.resolution) - 1e-9);
    return (this.high === undefined ? 1 : 0) + Math.max(halvings, 1) + 1;
  }

  /** What became of a trial at `next`. */
  note({ lost, offeredMpps }: TrialVerdict): void {
    const { next, confirming } = this;
    if (next === undefined) return;
    if (lost > 0 && this.failures < this.retries) {
      this.failures++;
      return;
    }
    this.failures = 0;
    if (lost > 0) this.failed(next);
    else if (offeredMpps < next * TRUE_RATE) this.tooMuch(next, offeredMpps);
    else if (confirming) this.confirmed = true;
    else this.passed.push(next);
  }

  /** The peak; a link's rate where the peak comes as near as that is measured. */
  private get first(): number {
    const { peak, most } = this;
    return peak >= most * TRUE_RATE ? most : peak;
  }

  /** Whether `low` and `high` are as close as they shall be. */
  private get narrow(): boolean {
    const { high, low } = this;
    return high === undefined ? low >= this.most : high - low <= this.resolution;
  }

  private failed(rate: number): void {
    this.high = Math.min(rate, this.high ?? rate);
    this.passed = this.passed.filter((one) => one < rate);
  }

  /** The source cannot offer `rate`: what it did offer passed. */
  private tooMuch(rate: number, offered: number): void {
    this.failed(rate);
    if (offered > this.low) this.passed.push(offered);
  }
}
