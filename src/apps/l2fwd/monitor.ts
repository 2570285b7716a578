import { setTimeout as sleep } from 'node:timers/promises';
import { WarplineError } from '../../errors.js';
import type { Lcore } from '../../lcore/lcore.js';
import { Stop } from '../../lcore/run-state.js';
import type { Rig } from './rig.js';
import type { RunHooks } from './run.js';
import { Watchdog } from './watchdog.js';

/** How often the main thread looks, in milliseconds: it has no part in the data plane. */
const LOOK_MS = 5;
/** How long a source's last frames may take to be received. */
const HALT_MS = 1000;
/** A capture that brings no frame for so long will bring none any more. */
const STALL_MS = 3000;

/**
 * Waits for the end of a run's `lcores` (those of traffic `sources` outlast them): they are started
 * together, told to drain when the options or the caller say so, and told to abort when one of them
 * fails. Returns the error that ended it, if any.
 */
export async function monitor(
  rig: Rig,
  lcores: Lcore[],
  sources: Lcore[],
  hooks: RunHooks,
): Promise<WarplineError | undefined> {
  const { state, meters, plan, options } = rig;
  let failure: WarplineError | undefined;
  let left = lcores.length;
  const all = [...lcores, ...sources];
  for (const lcore of all)
    void lcore.ended.then((error) => {
      if (!sources.includes(lcore)) left--;
      if (error === undefined) return;
      failure ??= error;
      state.ask(Stop.ABORT);
    });
  const watchdog = new Watchdog(rig);
  let halted: number | undefined;
  const drain = () => {
    halted ??= performance.now();
    rig.traffic?.halt();
    // A source's frames are all to be received first; unless that takes too long.
    const late = performance.now() - halted > HALT_MS;
    if (late || (rig.traffic?.settled(meters.rx.packets) ?? true)) state.ask(Stop.DRAIN);
  };
  hooks.stop?.addEventListener('abort', drain);
  if (hooks.stop?.aborted) drain();

  while (left === lcores.length && state.ready < all.length && state.going) await sleep(1);
  const start = performance.now();
  const elapsed = () => (performance.now() - start) / 1000;
  const traffic = () => rig.traffic && { traffic: rig.traffic.result };
  const snapshot = () => ({ ...meters.snapshot(elapsed()), ...traffic() });
  hooks.onStart?.({ snapshot, end: drain });
  state.go();

  let seen = -1;
  let progress = start;
  while (left > 0) {
    state.topUp();
    const stuck = watchdog.look();
    if (stuck !== undefined) {
      failure ??= stuck;
      rig.abandon();
    }
    if (halted !== undefined) drain();
    const { packets, missed } = meters.rx;
    if (plan.limit !== undefined && packets >= plan.limit) drain();
    if (options.duration !== undefined && elapsed() >= options.duration) drain();
    if (packets + missed !== seen) {
      seen = packets + missed;
      progress = performance.now();
    }
    const stalled = performance.now() - progress > STALL_MS;
    if (plan.input !== undefined && state.going && stalled) {
      const { frames, file } = plan.input;
      failure ??= new WarplineError('INPUT_STALLED', { received: packets, frames, file });
      drain();
    }
    await sleep(LOOK_MS);
  }
  hooks.stop?.removeEventListener('abort', drain);
  return failure;
}
