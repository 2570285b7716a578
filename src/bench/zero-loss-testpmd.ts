import { join } from 'node:path';
import { Eal } from '../dpdk/eal.js';
import type { BackToBackOptions } from './back-to-back.js';
import { type BackToBackRound, type RoundSetup, runRound } from './back-to-back-round.js';
import type { Turn } from './sweep.js';
import type { ZeroLossPoint } from './zero-loss-points.js';
import type { Trial, ZeroLossFound } from './zero-loss-row.js';

/** A trial with testpmd at the other end of a memif port. */
export interface TestpmdSetup {
  /** The dpdk-testpmd, as findTestpmd gives it. */
  program: string;
  /** For the sockets. */
  folder: string;
  device: string;
  seconds: number;
}

/** runRound, or a test's stand-in. */
export type Round = (setup: RoundSetup) => Promise<BackToBackRound>;

/**
 * One trial at testpmd's own speed, and what is lost then: testpmd 22.11 leaves pacing to the port
 * (`set txtimes` wants a NIC that sends on time stamps, `set port … rate` one that limits its
 * queues), and memif does neither. Frames that testpmd finds no room for are lost, as those are
 * that a traffic port misses.
 */
export async function testpmdTrial(
  point: ZeroLossPoint,
  { program, folder, device, seconds }: TestpmdSetup,
  { stop, say }: Pick<Turn, 'stop' | 'say'>,
  round: Round = runRound,
): Promise<ZeroLossFound> {
  Eal.start();
  const { method, memory, burst, frameBytes } = point;
  const options: BackToBackOptions = {
    ...{
      port: 'memif',
      methods: [method],
      sizes: [frameBytes],
      queues: [1],
      device,
      memory,
      burst,
    },
    ...{ seconds, rounds: 1, verify: false, macswap: false, zeroCopy: false, oneWay: false },
  };
  const place = { method, frameBytes, queues: 1 };
  const path = join(folder, `${method}-${memory}-${burst}-${frameBytes}.sock`);
  const each = ({ second, mpps }: { second: number; mpps: number }) =>
    say(`  ${second} s: ${mpps.toPrecision(4)} Mpps back`);
  const setup = { options, point: place, program, path, inPlace: false, say: each, stop };
  const counted = await round(setup);
  const trial = trialOf(counted);
  return {
    peaks: [counted.mpps],
    trials: [trial],
    zeroLossMpps: trial.lost === 0 ? trial.offeredMpps : null,
    crowded: counted.result?.crowded ?? false,
  };
}

/** Frames of the whole round; the rate is that of the seconds that were measured. */
function trialOf({ sent, refused, back, sentMpps }: BackToBackRound): Trial {
  const made = sent + refused;
  const offeredMpps = sent === 0 ? 0 : (sentMpps * made) / sent;
  const seconds = offeredMpps === 0 ? 0 : made / offeredMpps / 1e6;
  return { offeredMpps, seconds, sent: made, lost: made - back };
}
