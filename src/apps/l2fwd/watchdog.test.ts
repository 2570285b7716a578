import assert from 'node:assert/strict';
import { afterEach, describe, it } from 'node:test';
import { Status } from '../../gpudev/comm-list.js';
import { HostMemory } from '../../memory/memory.js';
import { PathWords } from '../../methods/path-words.js';
import { PathWatch } from './path-watch.js';
import type { Rig } from './rig.js';
import { limitOf } from './watchdog.js';

const ITEMS = 8;
const BLOCKS = 2;
const LIMIT = 100;

/** A path as the lcores and the GPU leave it in memory. */
class Bench {
  private readonly memory = new HostMemory(4096);
  readonly words = new PathWords(this.memory.window, this.memory.address);
  readonly beats = new Int32Array(BLOCKS);
  readonly statuses: number[] = new Array(ITEMS).fill(Status.FREE);
  private readonly watch: PathWatch;
  now = 0;

  constructor() {
    const list = { items: ITEMS, statusOf: (item: number) => this.statuses[item] };
    const rig = {
      lists: [list],
      arena: { memory: this.memory },
      shares: [{ words: this.memory.address }],
      heartbeats: [this.beats],
    };
    this.watch = new PathWatch(rig as unknown as Rig, 0);
  }

  hand(count: number): void {
    for (let n = 0; n < count; n++) this.statuses[this.words.handed++ % ITEMS] = Status.READY;
  }

  done(item: number): void {
    this.statuses[item] = Status.DONE;
  }

  free(): void {
    const { freed, item } = this.words;
    this.statuses[item] = Status.FREE;
    this.words.free(freed + 1, (item + 1) % ITEMS);
  }

  /** What it finds after so many milliseconds more. */
  after(ms: number): string | undefined {
    this.now += ms;
    const found = this.watch.look(this.now, LIMIT);
    return found && `${found.what}, ${found.ms} ms`;
  }

  close(): void {
    this.memory.release();
  }
}

describe('a path is stuck', () => {
  let bench: Bench;
  const open = () => {
    bench = new Bench();
    return bench;
  };
  afterEach(() => bench.close());

  it('when its oldest READY item stays so for longer than the limit', () => {
    const path = open();
    assert.equal(path.after(1000), undefined, 'nothing to do');
    path.hand(3);
    assert.deepEqual([path.after(10), path.after(100)], [undefined, undefined]);
    assert.equal(path.after(1), 'item 0 of path 0 and 2 more that are READY stayed READY, 101 ms');
  });

  it('when one item stays READY while those behind it become DONE', () => {
    const path = open();
    path.hand(3);
    path.done(0);
    path.after(10);
    path.done(2);
    path.free();
    path.after(60);
    assert.equal(path.after(60), 'item 1 of path 0 stayed READY, 120 ms');
  });

  it('not while each of its items comes back in time, round after round', () => {
    const path = open();
    for (let round = 0; round < 3 * ITEMS; round++) {
      path.hand(1);
      assert.equal(path.after(80), undefined);
      path.done(round % ITEMS);
      path.free();
    }
    // The same place is READY each time; it is another item.
    for (let round = 0; round < 30; round++) {
      path.hand(ITEMS);
      assert.equal(path.after(90), undefined);
      for (let item = 0; item < ITEMS; item++) path.done(item);
      for (let item = 0; item < ITEMS; item++) path.free();
    }
  });

  it('not while its port takes nothing', () => {
    const path = open();
    path.hand(ITEMS);
    for (let item = 0; item < ITEMS; item++) path.done(item);
    assert.deepEqual([path.after(10), path.after(1000)], [undefined, undefined]);
  });

  it('when a block that gave signs of life gives none any more, and no item goes round', () => {
    const path = open();
    for (let n = 0; n < 20; n++) {
      path.beats[0]++;
      path.beats[1]++;
      assert.equal(path.after(60), undefined);
    }
    for (let n = 0; n < 2; n++) {
      path.beats[0]++;
      assert.equal(path.after(50), undefined);
    }
    assert.equal(path.after(1), 'block 1 of path 0 polls no more, 101 ms');
  });

  it('not when its blocks have no time for signs of life', () => {
    const path = open();
    path.beats[0]++;
    for (let n = 0; n < 20; n++) {
      path.hand(1);
      path.done(n % ITEMS);
      path.free();
      assert.equal(path.after(60), undefined);
    }
  });

  it('not for want of signs of life that never came: a kernel need not give any', () => {
    const path = open();
    assert.deepEqual([path.after(1000), path.after(1000)], [undefined, undefined]);
  });
});

describe("the watchdog's limit", () => {
  const usual = { watchdogMs: 2000, packetTimeNs: 0, burst: 64, timeoutUs: 0 };

  it('is the option, and what else a device may take for an item', () => {
    assert.equal(limitOf(usual, 1), 2000);
    assert.equal(limitOf({ ...usual, timeoutUs: 500_000 }, 1), 2500);
    const second = 1_000_000_000;
    assert.equal(limitOf({ ...usual, packetTimeNs: second, burst: 1024 }, 1), 2000 + 1024_000);
    assert.equal(limitOf({ ...usual, packetTimeNs: second, burst: 1 }, 2), 2000 + 2 * 64_000);
  });

  it('is infinite when it is off', () => {
    assert.equal(limitOf({ ...usual, watchdogMs: 0 }, 1), Number.POSITIVE_INFINITY);
  });
});
