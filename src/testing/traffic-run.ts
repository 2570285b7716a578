import type { L2fwdOptions } from '../apps/l2fwd/options.js';
import type { L2fwdResult } from '../apps/l2fwd/result.js';
import type { RunHooks } from '../apps/l2fwd/run.js';
import { Histogram } from '../telemetry/histogram.js';
import { resultLike } from './l2fwd-result.js';

export interface TrafficRun {
  run(options: Partial<L2fwdOptions>, hooks?: RunHooks): Promise<L2fwdResult>;
  /** What each run was asked for, and its offered Mpps; 0: as fast as it goes. */
  asked: { options: Partial<L2fwdOptions>; mpps: number }[];
}

/**
 * Stands in for runL2fwd with a traffic port: it forwards up to `capacity` Mpps and misses what is
 * above, each packet staying `us` microseconds; done at once. `runs` is the number of the run.
 */
export function trafficRun(
  capacity: (options: Partial<L2fwdOptions>, runs: number) => number,
  us: (mpps: number, runs: number) => number = () => 10,
): TrafficRun {
  const asked: TrafficRun['asked'] = [];
  return {
    asked,
    async run(options, hooks) {
      const [, rate = '0'] = /mpps=([\d.e-]+)/.exec(options.ports?.[0] ?? '') ?? [];
      const mpps = Number(rate);
      asked.push({ options, mpps });
      const most = capacity(options, asked.length);
      const frames = (rate: number) => Math.round(rate * 1e6 * (options.duration ?? 1));
      const through = mpps === 0 ? most : Math.min(mpps, most);
      const [offered, sent] = [frames(mpps || most), frames(through)];
      const latency = Histogram.alone();
      const each = us(mpps, asked.length);
      latency.record(each * 1000, sent);
      hooks?.onLatency?.(latency);
      const at = latency.max / 1000;
      const none = {
        wrong: 0,
        outOfOrder: 0,
        duplicated: 0,
        lost: 0,
        checked: 0,
        collections: 0,
        preemptions: 0,
        stalls: 0,
        stalledUs: 0,
      };
      const missed = offered - sent;
      return resultLike({
        method: options.method,
        mpps: through,
        gbps: through * 8,
        latencyUs: { p50: at, p90: at, p99: at, p999: at, max: at },
        traffic: { offered, sent, missed, received: sent, ...none, mppsOffered: mpps || most },
      });
    },
  };
}
