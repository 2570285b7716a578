import type { L2fwdResult } from '../apps/l2fwd/result.js';
import type { StageRates } from '../telemetry/stages.js';
import { medians, noted, spread } from './spread.js';

/** Medians over a point's runs, with the lowest and highest beside them. */
export interface Rates {
  /** Runs these figures are of. */
  repeats: number;
  /** Of a path: 1 at both ends, or 2. */
  lcores: number;
  mpps: number;
  mppsMin: number;
  mppsMax: number;
  /** Gbit/s of frame bytes. */
  gbps: number;
  gbpsMin: number;
  gbpsMax: number;
  /** Where the time went: the lcores of a path, by role. */
  stages: StageShare[];
}

/** What the lcores of one role did, in all pipelines together; medians over a point's runs. */
export interface StageShare {
  /** `rx`, `tx`, or `all` where one lcore does everything. */
  stage: string;
  /** Of the time-stamp counter, waiting left out; absent where nothing moved. */
  cyclesPerPacket?: number;
  /** Share of their time that they waited or looked in vain, 0 to 1. */
  idle: number;
}

/** What a reader must know of a row. */
export interface Notes {
  /** (mppsMax - mppsMin) / mpps, only where it is above a tenth. */
  spread?: number;
  /** Only where threads outnumbered the CPUs. */
  crowded?: true;
  /** With --verify: frames compared with what was received, and those that were wrong. */
  checked?: number;
  wrong?: number;
}

/** The rates of one point's runs; there is at least one. */
export function rates(runs: L2fwdResult[]): Rates {
  const of = (name: 'mpps' | 'gbps') => runs.map((run) => run[name]);
  const { lcores } = runs[0];
  const figures = { ...medians('mpps', of('mpps')), ...medians('gbps', of('gbps')) };
  return { repeats: runs.length, lcores, ...figures, stages: shares(runs) };
}

/** A role's lcores in one run: `rx0`, `rx1`, … are `rx`. */
function shares(runs: L2fwdResult[]): StageShare[] {
  const lcores = runs.map(({ stages }) => stages.filter(({ kind }) => kind === 'lcore'));
  const role = ({ stage }: StageRates) => stage.replace(/\d+$/, '');
  const roles = new Set(lcores.flat().map(role));
  return [...roles].map((stage) => {
    const each = lcores.map((all) => all.filter((one) => role(one) === stage));
    const idle = spread(each.map((some) => mean(some.map((one) => one.idle ?? 1)))).median;
    const cycles = each.flatMap((some) => some.flatMap((one) => one.cyclesPerPacket ?? []));
    return cycles.length === 0
      ? { stage, idle }
      : { stage, cyclesPerPacket: spread(cycles).median, idle };
  });
}

function mean(values: number[]): number {
  return values.reduce((sum, one) => sum + one, 0) / values.length;
}

export function notes(runs: L2fwdResult[]): Notes {
  const verified = runs.flatMap(({ verify }) => verify ?? []);
  const total = (field: 'checked' | 'wrong') => verified.reduce((sum, one) => sum + one[field], 0);
  return {
    ...noted(runs.map((run) => run.mpps)),
    ...(runs.some(({ crowded }) => crowded) && { crowded: true as const }),
    ...(verified.length > 0 && { checked: total('checked'), wrong: total('wrong') }),
  };
}
