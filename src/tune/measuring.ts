import type { L2fwdOptions } from '../apps/l2fwd/options.js';
import type { runL2fwd } from '../apps/l2fwd/run.js';
import { RunEnded } from '../bench/middle.js';
import { warmupOf } from '../bench/peak.js';
import { keyOf } from './candidate.js';
import { portsAt } from './reasons.js';
import type { Parts } from './stand.js';

/** Measures candidates by runs of l2fwd with these options beside theirs. */
export function measuring(
  run: typeof runL2fwd,
  { ports, ...fixed }: Partial<L2fwdOptions> & { ports: string[] },
  { stop, progress }: { stop?: AbortSignal; progress?(line: string): void },
): Parts['run'] {
  /** Millions of packets a second, as fast as it goes, by earlier runs. */
  const rates = new Map<string, number>();
  const warn = (message: string) => progress?.(`warning: ${message}`);
  return async (candidate, seconds, offeredMpps) => {
    const duration = seconds + warmupOf(seconds);
    // Of what is offered none may be lost, as a rule; a peak is known after the first run.
    const known = rates.get(keyOf(candidate)) ?? offeredMpps ?? 0;
    const expected = Math.min(known, offeredMpps ?? Infinity);
    const { lcoresPerPath: lcores, ...options } = candidate;
    const settings = {
      ...fixed,
      ...options,
      lcores,
      ports: portsAt(ports, offeredMpps),
      duration,
      warmup: Math.floor(expected * 1e6 * warmupOf(seconds)),
    };
    const result = await run(settings, { stop, warn });
    if (result.error !== undefined) throw new RunEnded(result.error);
    const counted = result.mpps !== 0;
    const mpps = counted ? result.mpps : result.tx.packets / duration / 1e6;
    if (offeredMpps === undefined || !rates.has(keyOf(candidate)))
      rates.set(keyOf(candidate), mpps);
    const { p50, p99 } = result.latencyUs;
    // Where nothing was counted after the warm-up packets took as long as that, at the least.
    const least = duration * 1e6;
    return {
      mpps,
      p50Us: counted ? p50 : least,
      p99Us: counted ? p99 : least,
      ...(offeredMpps !== undefined && { offeredMpps }),
      ...(result.crowded && { crowded: true as const }),
    };
  };
}
