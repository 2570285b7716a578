import { scaleLinear, scaleLog } from 'd3-scale';
import { figure } from '../words.js';

/** What an axis shows. */
export interface AxisSpec {
  /** With its unit. */
  title: string;
  /** `auto`: a log axis where the values range over more than LOG_FROM. */
  kind: 'linear' | 'log' | 'auto';
  /** Where ticks may stand; absent: at round numbers. */
  ticks?: readonly number[];
  label?(value: number): string;
  /** A linear axis that ends at the highest value, not at a round number above it. */
  exact?: boolean;
}

/** An axis laid over so many units of a drawing. */
export interface Axis {
  at(value: number): number;
  ticks: { at: number; label: string }[];
  /** On a log axis 0 has no place of its own: it stands a step before the others, past a break. */
  break?: number;
}

/** The highest over the lowest value from which a linear axis would flatten the lowest. */
const LOG_FROM = 25;
/** Where 0 stands on a log axis: this much below the lowest value that is not 0. */
const ZERO_STEP = 4;

/** The lowest and the highest; there may be more values than a call takes arguments. */
function extentOf(values: readonly number[]): [number, number] {
  return values.reduce<[number, number]>(
    ([low, high], value) => [Math.min(low, value), Math.max(high, value)],
    [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY],
  );
}

/** Room below the lowest and above the highest value of a log axis. */
const AROUND = 1.15;

/** Lays an axis over `from`…`to` for these values. A linear one begins at 0. */
export function axisOf(spec: AxisSpec, values: readonly number[], from: number, to: number): Axis {
  const positive = values.filter((value) => value > 0);
  if (positive.length === 0) return linear(spec, 1, from, to);
  const [low, high] = extentOf(positive);
  if (spec.kind === 'linear' || (spec.kind === 'auto' && high <= LOG_FROM * low)) {
    return linear(spec, high, from, to);
  }
  return spec.ticks === undefined
    ? decades(spec, low, high, from, to)
    : marked(spec, spec.ticks, values, from, to);
}

function linear(spec: AxisSpec, high: number, from: number, to: number): Axis {
  const scale = scaleLinear([0, high], [from, to]);
  if (spec.ticks === undefined && !spec.exact) scale.nice(5);
  const ticks = spec.ticks ?? scale.ticks(5);
  return { at: scale, ticks: place(ticks, scale, spec) };
}

/** A log axis a little wider than its values, with 1, 2 and 5 of each decade where these are few. */
function decades(spec: AxisSpec, low: number, high: number, from: number, to: number): Axis {
  const wide = high / low > 300;
  const factors = wide ? [1] : [1, 2, 5];
  const all: number[] = [];
  for (let power = Math.floor(Math.log10(low)) - 1; power <= Math.log10(high) + 1; power++) {
    all.push(...factors.map((factor) => Number(`${factor}e${power}`)));
  }
  const inside = (from: number, to: number) => all.filter((tick) => tick >= from && tick <= to);
  let [first, last] = [low / AROUND, high * AROUND];
  if (inside(first, last).length < 2) {
    first = Math.max(...all.filter((tick) => tick <= low));
    last = Math.min(...all.filter((tick) => tick > high));
  }
  const scale = scaleLog([first, last], [from, to]);
  // What has no logarithm stands at the very end.
  const at = (value: number) => scale(Math.max(value, first));
  return { at, ticks: place(inside(first, last), at, spec) };
}

/** A log axis from the first to the last value, with ticks where they are wanted. */
function marked(
  spec: AxisSpec,
  wanted: readonly number[],
  values: readonly number[],
  from: number,
  to: number,
): Axis {
  const positive = [...values, ...wanted].filter((value) => value > 0);
  const [low, high] = extentOf(positive);
  const zero = values.some((value) => value === 0);
  const first = zero ? low / ZERO_STEP : low;
  // One value only: in the middle.
  const around = first === high ? 2 : 1;
  const scale = scaleLog([first / around, high * around], [from, to]);
  const at = (value: number) => scale(value <= 0 ? first : value);
  const brk = zero ? (at(0) + at(low)) / 2 : undefined;
  return { at, ticks: place(wanted, at, spec), ...(brk !== undefined && { break: brk }) };
}

function place(ticks: readonly number[], at: (value: number) => number, spec: AxisSpec) {
  const label = spec.label ?? figure;
  return ticks.map((tick) => ({ at: at(tick), label: label(tick) }));
}

/** Ticks whose labels have room: each `room(label)` wide, the first and the last above all. */
export function thinned(ticks: Axis['ticks'], room: (label: string) => number): Axis['ticks'] {
  const kept: Axis['ticks'] = [];
  const clear = (tick: Axis['ticks'][number]) =>
    kept.every(
      (other) => Math.abs(other.at - tick.at) >= (room(other.label) + room(tick.label)) / 2,
    );
  for (const tick of [...ticks.slice(0, 1), ...ticks.slice(-1), ...ticks.slice(1, -1)]) {
    if (clear(tick)) kept.push(tick);
  }
  return kept;
}
