/** A timeline as a person sees it: tracks of slices. Times in nanoseconds since its beginning. */
export interface Timeline {
  /** Of the process: what stands above all tracks. */
  readonly name: string;
  /** What ran where, and how well its clocks are known. */
  readonly about: Readonly<Record<string, string | number>>;
  readonly tracks: readonly Track[];
}

export interface Track {
  readonly name: string;
  /** Tracks of one group stand together, under its name. */
  readonly group?: string;
  /** In any order. They follow each other or nest; none begins in one and ends in another. */
  readonly slices: readonly Slice[];
}

export interface Slice {
  readonly name: string;
  readonly from: number;
  /** Equal to `from`: a moment, no slice. */
  readonly to: number;
  readonly args?: Readonly<Record<string, string | number>>;
  /** Slices with the same flow, from 1 on, are joined by arrows in the order of their times. */
  readonly flow?: number;
}

/** Slices in the order in which they begin, the one that holds others before them. */
export function inOrder(slices: readonly Slice[]): Slice[] {
  return slices.toSorted((a, b) => a.from - b.from || b.to - a.to);
}
