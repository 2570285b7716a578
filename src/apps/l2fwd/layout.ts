import { TURN_BYTES } from '../../dpdk/turn.js';
import type { CommList } from '../../gpudev/comm-list.js';
import type { IdlePlan } from '../../lcore/idle.js';
import { RUN_STATE_BYTES } from '../../lcore/run-state.js';
import { HostMemory, roundUp } from '../../memory/memory.js';
import type { Address } from '../../memory/native.js';
import { FINGERPRINT_BYTES } from '../../methods/digest.js';
import { Ledger } from '../../methods/ledger.js';
import type { PathShare } from '../../methods/path.js';
import { PATH_WORDS_BYTES } from '../../methods/path-words.js';
import { splitLines } from '../../methods/split-intake.js';
import { TALLY_BYTES } from '../../telemetry/tally.js';

/** What all paths of a run have in common. */
export interface Common {
  delta: number;
  burst: number;
  timeout: number;
  drain: number;
  nsPerCycle: number;
  warmup: number;
  together: boolean;
  oneWay: boolean;
  budgeted: boolean;
  runtBytes: number;
  describe: boolean;
  verify: boolean;
  idle: IdlePlan;
  pool: { address: Address; bytes: number };
}

/** Where a path's packets come from and go to. */
export interface Route {
  rxPort: number;
  txPort: number;
  queue: number;
}

/*
 * One span of memory holds all that the threads of a run share, each part on cache lines of its own:
 *
 *   run state │ path 0: words, turns, tallies, ledger │ path 1: … │ header splits │ fingerprints to compare
 */
export class Arena {
  readonly memory: HostMemory;
  private next: number;

  constructor(paths: number, items: number, burst: number, verify: boolean, split: boolean) {
    const own = PATH_WORDS_BYTES + 2 * TURN_BYTES + 2 * roundUp(TALLY_BYTES, 64) + 64;
    const path = own + (split ? splitLines(burst) : 0);
    const after = verify ? roundUp(burst * FINGERPRINT_BYTES, 64) : 0;
    const ledger = Ledger.bytes(items, burst, verify) + after;
    this.memory = new HostMemory(RUN_STATE_BYTES + paths * (path + ledger));
    this.next = this.memory.address;
  }

  take(bytes: number): Address {
    const address = this.next;
    this.next += roundUp(bytes, 64);
    return address;
  }

  /** Lays out one path: what its lcores are given. */
  path(index: number, route: Route, run: Address, list: CommList, common: Common): PathShare {
    const { items } = list;
    const { burst, verify } = common;
    return {
      index,
      ...route,
      ...common,
      arena: { address: this.memory.address, bytes: this.memory.bytes },
      run,
      words: this.take(PATH_WORDS_BYTES),
      rxTurn: this.take(TURN_BYTES),
      txTurn: this.take(TURN_BYTES),
      rxTally: this.take(TALLY_BYTES),
      txTally: this.take(TALLY_BYTES),
      ledger: { address: this.take(Ledger.bytes(items, burst, verify)), items, burst, verify },
      list: list.share,
    };
  }
}
