/** How often each point of a sweep is measured, and how long. */
export interface Repeats {
  /** Turns of each point that count, after the one that warms up. */
  repeats: number;
  /** Seconds that each of them counts. */
  seconds: number;
}

/** What befits a driver: on the software device a sweep is to take a minute. */
export function repeatsFor(driver: string): Repeats {
  return driver === 'software' ? { repeats: 3, seconds: 0.5 } : { repeats: 5, seconds: 1 };
}
