import assert from 'node:assert/strict';
import { after, afterEach, beforeEach, describe, it } from 'node:test';
import { Eal } from '../dpdk/eal.js';
import { FrameMaker } from '../dpdk/frame-maker.js';
import { Mempool } from '../dpdk/mempool.js';
import { Turn } from '../dpdk/turn.js';
import { HostMemory } from '../memory/memory.js';
import { MbufArray } from '../testing/mbuf-array.js';
import { Carousel } from './carousel.js';
import { TrafficCount } from './control.js';
import { STOCK, TrafficMemory, type TrafficShare } from './share.js';
import { trafficSpec } from './spec.js';
import { TrafficPort } from './traffic-port.js';

const SIZE = 100;

Eal.start();
const setup = { mbufs: 4096, frameBytes: 256 };
const pool = Mempool.create({ name: 'carousel', ...setup });
const foreign = Mempool.create({ name: 'foreign', ...setup });
after(() => {
  pool.free();
  foreign.free();
  Eal.stop();
});

describe('carousel', () => {
  const mbufs = new MbufArray(64);
  const all = new MbufArray(pool.size);
  const totals = new Float64Array(8);
  let port: TrafficPort;
  let memory: HostMemory;
  /** Of the carousel, and of who forwards. */
  let [turn, near]: Turn[] = [];
  let carousel: Carousel;

  /** A carousel of so many frames; absent: without end. */
  const open = (frames?: number): void => {
    const own = new TrafficMemory(memory.address, STOCK);
    const kind = { pool: pool.handle, bytes: SIZE, delta: 0 };
    const maker = new FrameMaker(own.window, own.maker, kind);
    carousel = new Carousel(
      { batch: STOCK, size: SIZE, frames } as TrafficShare,
      own,
      maker,
      totals,
    );
  };
  /** One round of a traffic lcore's; tells how many frames left. */
  const go = (due: number): number => {
    carousel.refill();
    const offered = carousel.offer(turn, due);
    carousel.ask(turn);
    turn.run();
    if (offered !== 0) carousel.sent(turn.sent);
    carousel.take(turn);
    return turn.sent;
  };
  /** What the near end has: up to 64 frames' mbufs. */
  const arrive = (): number => {
    near.sendNothing();
    near.receiveInto(mbufs.at(0), 0, 64);
    near.run();
    return near.received;
  };
  const giveBack = (count: number): void => {
    near.receiveNothing();
    near.send(mbufs.at(0), count, count * SIZE);
    near.run();
    assert.equal(near.sent, count);
  };
  /** Addresses of mbufs that arrived. */
  const arrived = (count: number) =>
    new Set(Array.from({ length: count }, (_, i) => mbufs.mbuf(i)));

  beforeEach(() => {
    totals.fill(0);
    port = TrafficPort.open(trafficSpec('traffic0,size=100,slots=128,check=0', 256), 1);
    port.near.configure(1, pool).start();
    port.start(1, pool);
    memory = new HostMemory(TrafficMemory.bytes(STOCK));
    turn = Turn.alone().aim(port.far.id, 0);
    near = Turn.alone().aim(port.near.id, 0);
    open();
  });
  afterEach(() => {
    carousel.release();
    port.close();
    memory.release();
    assert.equal(pool.available, pool.size, 'mbufs are missing');
    assert.ok(all.allocate(pool, pool.size));
    const each = Array.from({ length: pool.size }, (_, i) => all.mbuf(i));
    assert.equal(new Set(each).size, pool.size, 'an mbuf is in the pool twice');
    all.free(0, pool.size);
    assert.equal(foreign.available, foreign.size, 'foreign mbufs are missing');
  });

  it('sends what came back: no frame is made but where too few did', () => {
    assert.equal(go(32), 32);
    assert.equal(arrive(), 32);
    const first = arrived(32);
    giveBack(32);
    const taken = pool.available;
    go(0);
    assert.equal(go(32), 32);
    assert.equal(arrive(), 32);
    assert.deepEqual(arrived(32), first);
    // What was made meanwhile, before they were back: one call's.
    assert.equal(taken - pool.available, 32);
    assert.equal(totals[TrafficCount.received], 32);
    mbufs.free(0, 32);
  });

  it('sends and takes in one call, and every mbuf is in one place', () => {
    for (let i = 0; i < 500; i++) {
      go((7 * i) % 33);
      giveBack(arrive());
    }
    go(0);
    assert.ok(totals[TrafficCount.received] > 1000);
  });

  it('what found no room stays, and goes out next', () => {
    for (let i = 0; i < 3; i++) assert.equal(go(32), 32);
    // 128 slots hold 127 frames.
    assert.equal(go(32), 31);
    assert.equal(go(5), 0);
    assert.equal(arrive(), 64);
    mbufs.free(0, 64);
    assert.equal(go(5), 5);
    assert.equal(arrive(), 64);
    mbufs.free(0, 64);
    assert.equal(arrive(), 4);
    mbufs.free(0, 4);
  });

  it('frees what is not as it went: of another length, chained, of another pool', () => {
    assert.equal(go(32), 32);
    assert.equal(arrive(), 32);
    assert.ok(mbufs.write(0, new Uint8Array(8)));
    let before = pool.available;
    assert.ok(mbufs.write(1, new Uint8Array(1000)));
    const chained = before - pool.available;
    assert.ok(chained > 0);
    mbufs.free(2, 1);
    assert.ok(mbufs.allocate(foreign, 1, 2) && mbufs.write(2, new Uint8Array(SIZE)));
    giveBack(32);
    before = pool.available;
    // It makes a call's frames before it sees what came back.
    go(0);
    assert.equal(pool.available, before - 32 + 1 + 1 + chained);
    assert.equal(foreign.available, foreign.size);
    assert.equal(totals[TrafficCount.received], 32);
    assert.deepEqual([go(32), go(29), arrive()], [32, 29, 61]);
    assert.equal(pool.available, before - 32 + 2 + chained - 32);
    for (const frame of mbufs.frames(61)) assert.equal(frame.length, SIZE);
    mbufs.free(0, 61);
  });

  it('sends so many frames and no more, though some were missed', () => {
    open(40);
    assert.deepEqual([go(32), go(32), go(32)], [32, 8, 0]);
    assert.ok(carousel.exhausted);
    assert.equal(arrive(), 40);
    giveBack(40);
    for (const isEmpty of [false, false, true]) {
      go(0);
      assert.equal(carousel.isEmpty(turn), isEmpty);
    }
    assert.equal(totals[TrafficCount.received], 40);
  });

  it('once released it keeps nothing of what still comes', () => {
    go(32);
    go(32);
    assert.equal(arrive(), 64);
    carousel.release();
    giveBack(64);
    assert.equal(pool.available, pool.size - 64);
    go(32);
    go(32);
    assert.equal(pool.available, pool.size);
    assert.ok(carousel.exhausted);
  });
});
