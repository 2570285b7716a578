export interface Spread {
  median: number;
  min: number;
  max: number;
}

/** Of one value or more. */
export function spread(values: readonly number[]): Spread {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const median =
    sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
  return { median, min: sorted[0], max: sorted[sorted.length - 1] };
}

/** A figure as rows have it: for the name `mpps` the fields `mpps`, `mppsMin` and `mppsMax`. */
export type Medians<Name extends string> = Record<Name | `${Name}Min` | `${Name}Max`, number>;

/** The median of one value or more, the lowest and highest beside it. */
export function medians<Name extends string>(name: Name, values: readonly number[]): Medians<Name> {
  const { median, min, max } = spread(values);
  return { [name]: median, [`${name}Min`]: min, [`${name}Max`]: max } as Medians<Name>;
}

/** A spread a reader must know of. */
export const NOTED = 0.1;

/** For a row: (highest - lowest) ÷ median, only where it is above NOTED. */
export function noted(values: readonly number[]): { spread?: number } {
  const { median, min, max } = spread(values);
  const wide = (max - min) / median;
  return wide > NOTED ? { spread: wide } : {};
}
