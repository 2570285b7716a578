import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'node:test';
import { STATUS_STRIDE, Status } from '../gpudev/comm-list-layout.js';
import { Window } from '../memory/memory.js';
import { TALLY_BYTES, Tally } from '../telemetry/tally.js';
import { atBothEnds } from './both-ends.js';
import { Intake } from './intake.js';
import { io } from './io.js';
import { Ledger } from './ledger.js';
import { Outlet } from './outlet.js';
import type { Path } from './path.js';
import { PATH_WORDS_BYTES, PathWords } from './path-words.js';
import { serial } from './serial.js';

const ITEMS = 64;
const BURST = 4;

/** A port that always has packets and takes all it is given; the test plays the device. */
class Stand {
  turns = 0;
  received = 0;
  sent = 0;
  shortest = 64;
  receivedBytes = 64 * BURST;
  tsc = 0;
  txPackets = 0;
  txBytes = 0;
  waits = 0;
  readonly status = new Int32Array(ITEMS * STATUS_STRIDE);
  readonly words: PathWords;
  readonly intake: Intake;
  readonly outlet: Outlet;
  private rxMax = 0;
  private txCount = 0;

  constructor() {
    const tallies = PATH_WORDS_BYTES;
    const ledger = tallies + TALLY_BYTES;
    const bytes = ledger + Ledger.bytes(ITEMS, BURST, false);
    const window = new Window(new ArrayBuffer(bytes), 0, bytes);
    this.words = new PathWords(window, 0);
    const path = {
      share: { rxPort: 0, txPort: 0, burst: BURST, together: true, timeout: 1, nsPerCycle: 1 },
      rxTurn: this,
      txTurn: this,
      words: this.words,
      txTally: new Tally(window, tallies),
      ledger: new Ledger(window, { address: ledger, items: ITEMS, burst: BURST, verify: false }),
      list: {
        items: ITEMS,
        status: this.status,
        share: { status: 0 },
        mbufsAddress: (item: number) => item,
        packetsAddress: (item: number) => item,
        setCount() {},
        ring() {},
      },
      run: { going: true, aborted: false },
      idle: { reset() {} },
      wait: () => this.waits++,
      beside: undefined as Outlet | undefined,
    };
    this.intake = new Intake(path as unknown as Path);
    this.outlet = new Outlet(path as unknown as Path);
    path.beside = this.outlet;
  }

  get underWay(): number {
    return this.words.underWay;
  }

  /** One round of an RX lcore's loop. */
  round(): void {
    if (this.intake.gather()) this.intake.hand(Status.READY);
  }

  /** The device is through with every item. */
  serve(): void {
    for (let at = 0; at < this.status.length; at += STATUS_STRIDE)
      if (this.status[at] === Status.READY) this.status[at] = Status.DONE;
  }

  // What Intake and Outlet ask of a turn.
  run(): void {
    this.turns++;
    this.tsc += 10;
    this.sent = this.txCount;
    this.received = this.rxMax;
    this.txPackets += this.sent;
  }
  aim(): this {
    return this;
  }
  receiveInto(_mbufs: number, _packets: number, max: number): void {
    this.rxMax = max;
  }
  receiveNothing(): void {
    this.rxMax = 0;
  }
  send(_mbufs: number, count: number): void {
    this.txCount = count;
  }
  sendNothing(): void {
    this.txCount = 0;
  }
  lookAt(): void {}
  lookNowhere(): void {}
}

describe('one lcore at both ends', () => {
  let stand: Stand;
  beforeEach(() => {
    stand = new Stand();
  });

  it('sends an item and receives the next in one turn', () => {
    for (let n = 0; n < 100; n++) {
      stand.round();
      stand.serve();
    }
    assert.equal(stand.intake.handed, 100);
    assert.equal(stand.outlet.freed, 99);
    // But for those in which it looks for a queue.
    assert.ok(stand.turns < 115, `${stand.turns} turns`);
    assert.equal(stand.waits, 0);
  });

  it('finds no item FREE in a rehearsal, and all of them after it', () => {
    stand.intake.rehearse();
    assert.ok(stand.waits > 8, `${stand.waits} times`);
    assert.deepEqual([stand.turns, stand.intake.handed, stand.underWay], [0, 0, 0]);
    for (let n = 0; n < ITEMS; n++) stand.round();
    assert.deepEqual([stand.intake.handed, stand.outlet.freed], [ITEMS, 0]);
  });

  it('goes on receiving while nothing is DONE, until no item is FREE; then it waits', () => {
    for (let n = 0; n < ITEMS; n++) stand.round();
    assert.deepEqual([stand.intake.handed, stand.outlet.freed, stand.waits], [ITEMS, 0, 0]);
    stand.round();
    assert.deepEqual([stand.intake.handed, stand.waits], [ITEMS, 1]);
    stand.serve();
    stand.round();
    assert.deepEqual([stand.intake.handed, stand.outlet.freed], [ITEMS, 1]);
    stand.round();
    assert.equal(stand.intake.handed, ITEMS + 1);
    assert.ok(stand.outlet.freed > 1);
  });

  it('catches up with a queue of DONE items, which would stand for ever otherwise', () => {
    // The device was busy for a while, and is quick from now on.
    for (let n = 0; n < 40; n++) stand.round();
    assert.equal(stand.underWay, 40);
    for (let n = 0; n < 20 * ITEMS; n++) {
      stand.serve();
      stand.round();
    }
    assert.ok(stand.underWay <= 2, `${stand.underWay} items are under way`);
  });
});

it('a method whose lcore does it all stays as it is', () => {
  assert.equal(atBothEnds(serial), serial);
  assert.deepEqual(Object.keys(atBothEnds(io).lcores), ['all']);
  assert.equal(atBothEnds(io).together, true);
});
