import { Eal } from '../../dpdk/eal.js';
import { Turn } from '../../dpdk/turn.js';
import type { Window } from '../../memory/memory.js';
import type { Method } from '../../methods/method.js';
import type { PathShare } from '../../methods/path.js';
import { PathWords } from '../../methods/path-words.js';
import { DROP_REASONS } from '../../telemetry/drops.js';
import type { GpuCounts, LcoreCounts, StageCounts } from '../../telemetry/stages.js';
import { Count, Tally } from '../../telemetry/tally.js';
import { lcoreGroups } from './crew.js';
import { sum } from './sum.js';

/** Reads what each stage of a run has done so far, where its lcores count it anyway. */
export class Stages {
  private readonly readers: (() => StageCounts)[];

  constructor(window: Window, method: Method, shares: PathShare[]) {
    const lcores = lcoreGroups(method, shares).flatMap((paths) =>
      Object.keys(method.lcores).map((role) => lcoreReader(window, role, paths)),
    );
    const gpu = method.prepare === undefined ? [] : shares.map((one) => gpuReader(window, one));
    this.readers = [...lcores, ...gpu];
  }

  read(): StageCounts[] {
    return this.readers.map((read) => read());
  }
}

/** An lcore of the role `rx` or `tx` has those turns of its paths; any other role has both. */
function lcoreReader(window: Window, role: string, paths: PathShare[]): () => LcoreCounts {
  const rx = role === 'tx' ? [] : paths.map(({ rxTurn }) => new Turn(window, rxTurn));
  const tx = role === 'rx' ? [] : paths.map(({ txTurn }) => new Turn(window, txTurn));
  const all = [...rx, ...tx];
  // What it sends after it has received it is not counted twice.
  const counted = role === 'tx' ? tx : rx;
  const stage = `${role}${paths[0].index}`;
  return () => {
    const emptyCalls = sum(counted, (turn) => turn.emptyCalls);
    return {
      kind: 'lcore',
      stage,
      calls: sum(counted, (turn) => turn.calls) - emptyCalls,
      emptyCalls,
      packets: sum(counted, (turn) => (role === 'tx' ? turn.txPackets : turn.rxPackets)),
      busyCycles: sum(all, (turn) => turn.busyCycles),
      idleCycles: sum(all, (turn) => turn.idleCycles),
      stalls: sum(all, (turn) => turn.stalls),
      stalledUs: (sum(all, (turn) => turn.stalledCycles) * 1e6) / Eal.tscHz,
    };
  };
}

function gpuReader(window: Window, share: PathShare): () => GpuCounts {
  // One lcore at both ends of the path sends in the turns it receives in.
  const turns = [share.rxTurn, share.txTurn].map((turn) => new Turn(window, turn));
  const [rxTally, txTally] = [new Tally(window, share.rxTally), new Tally(window, share.txTally)];
  const words = new PathWords(window, share.words);
  const stage = `gpu${share.index}`;
  return () => ({
    kind: 'gpu',
    stage,
    calls: txTally.values[Count.items],
    packets:
      sum(turns, (turn) => turn.txPackets) + sum(DROP_REASONS, (reason) => txTally.dropped(reason)),
    launches: rxTally.values[Count.launches],
    inFlight: words.underWay,
  });
}
