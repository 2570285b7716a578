import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, afterEach, describe, it } from 'node:test';
import fc from 'fast-check';
import { readFrames } from '../capture/capture.js';
import { HostMemory, Window } from '../memory/memory.js';
import { native } from '../memory/native.js';
import { frameOf, PcapWriter } from '../testing/capture-files.js';
import { Folder } from '../testing/capture-folder.js';
import { MbufArray } from '../testing/mbuf-array.js';
import { turnLayout } from '../testing/turn-layout.js';
import { Eal } from './eal.js';
import { Mempool } from './mempool.js';
import { Port } from './port.js';
import { TURN_BYTES, Turn } from './turn.js';

/** Frames a net_ring queue holds. */
const RING = 1023;
const NOTHING_LOOKED_AT = 2 ** 32 - 1;
/** Bytes of frame in an mbuf of these tests: longer frames are chained. */
const ROOM = 256;

Eal.start();
const folder = new Folder();
const pool = Mempool.create({ name: 'turns', mbufs: 4096, frameBytes: ROOM });
const mbufs = new MbufArray(2048);
const packets = new HostMemory(16 * 2048);

/** Address and size of the packet descriptor at `i`, 64 bits each. */
function packet(i: number): [address: bigint, size: bigint] {
  const view = new DataView(packets.window.buffer, 16 * i, 16);
  return [view.getBigUint64(0, true), view.getBigUint64(8, true)];
}

function framesOf(...lengths: number[]): Uint8Array[] {
  return lengths.map((length, i) => frameOf(length, i));
}

function bytesOf(frames: readonly Uint8Array[]): number {
  return frames.reduce((sum, frame) => sum + frame.length, 0);
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}

describe('turn', () => {
  const ports: Port[] = [];
  /** A turn on queue 0 of a new port. */
  const on = (devargs: string): Turn => {
    const port = Port.attach(devargs).configure(1, pool).start();
    ports.push(port);
    return Turn.alone().aim(port.id, 0);
  };
  /** Everything in a ring comes back to its pool. */
  const drain = (turn: Turn): number => {
    let drained = 0;
    turn.sendNothing();
    turn.receiveInto(mbufs.at(0), 0, 1024);
    for (turn.run(); turn.received !== 0; turn.run()) {
      drained += turn.received;
      mbufs.free(0, turn.received);
    }
    return drained;
  };
  afterEach(() => {
    for (const port of ports.splice(0)) port.close();
    assert.equal(pool.available, pool.size, 'mbufs are missing');
  });
  after(() => {
    pool.free();
    Eal.stop();
  });

  it('receives: how many, how many bytes, where they lie, when it was over', () => {
    const turn = on('net_null0,size=100');
    turn.sendNothing();
    turn.receiveInto(mbufs.at(0), packets.address, 32);
    const before = native.tsc();
    turn.run();
    const { tsc } = turn;
    assert.ok(tsc >= before && tsc <= native.tsc());
    assert.deepEqual([turn.received, turn.receivedBytes], [32, 3200]);
    assert.deepEqual([turn.shortest, turn.chained, turn.sent], [100, 0, 0]);
    const starts = Array.from({ length: 32 }, (_, i) => Number(packet(i)[0]));
    assert.equal(new Set(starts).size, 32);
    for (const [i, start] of starts.entries()) {
      assert.ok(start > pool.span.address && start + 100 < pool.span.address + pool.span.bytes);
      assert.equal(packet(i)[1], 100n);
    }
    mbufs.free(0, 32);
    turn.run();
    assert.ok(turn.tsc > tsc);
    mbufs.free(0, 32);
    assert.deepEqual([turn.rxPackets, turn.rxBytes, turn.calls, turn.emptyCalls], [64, 6400, 2, 0]);
  });

  it('receives as many as it asks for', () => {
    const turn = on('net_null0,size=60');
    turn.sendNothing();
    for (const most of [1, 2, 31, 64, 1000, 1024]) {
      turn.receiveInto(mbufs.at(0), packets.address, most);
      turn.run();
      assert.deepEqual([turn.received, turn.receivedBytes], [most, most * 60]);
      mbufs.free(0, most);
    }
  });

  it('sends and receives whole frames of any length, the same mbufs in the same order', () => {
    const turn = on('net_ring0');
    const length = fc.oneof(fc.integer({ min: 1, max: ROOM }), fc.integer({ min: 1, max: 3000 }));
    let total = 0;
    let totalBytes = 0;
    fc.assert(
      fc.property(fc.array(length, { minLength: 1, maxLength: 64 }), (lengths) => {
        const frames = framesOf(...lengths);
        mbufs.fill(pool, frames);
        const sent = frames.map((_, i) => mbufs.mbuf(i));
        turn.receiveNothing();
        turn.send(mbufs.at(0), frames.length, bytesOf(frames));
        turn.run();
        assert.deepEqual([turn.sent, turn.received], [frames.length, 0]);
        turn.sendNothing();
        turn.receiveInto(mbufs.at(0), packets.address, 1024);
        turn.run();
        assert.deepEqual([turn.sent, turn.received], [0, frames.length]);
        assert.deepEqual(
          frames.map((_, i) => mbufs.mbuf(i)),
          sent,
        );
        assert.deepEqual(mbufs.frames(frames.length).map(hex), frames.map(hex));
        // What a device is told of is the first segment; bytes are the frames'.
        const firsts = lengths.map((bytes) => Math.min(bytes, ROOM));
        assert.deepEqual(
          firsts.map((_, i) => packet(i)[1]),
          firsts.map((bytes) => BigInt(bytes)),
        );
        assert.equal(turn.receivedBytes, bytesOf(frames));
        assert.equal(turn.shortest, Math.min(...firsts));
        assert.equal(turn.chained, lengths.filter((bytes) => bytes > ROOM).length);
        mbufs.free(0, frames.length);
        total += frames.length;
        totalBytes += bytesOf(frames);
        assert.deepEqual([turn.txPackets, turn.rxPackets], [total, total]);
        assert.deepEqual([turn.txBytes, turn.rxBytes], [totalBytes, totalBytes]);
        assert.equal(turn.emptyCalls, 0);
      }),
    );
  });

  it('tells the device its own addresses: the delta is added, whatever its sign and size', () => {
    const turn = on('net_ring0');
    const { id } = ports[0];
    mbufs.fill(pool, framesOf(60));
    turn.receiveNothing();
    turn.send(mbufs.at(0), 1, 60);
    turn.run();
    turn.receiveInto(mbufs.at(0), packets.address, 1);
    turn.sendNothing();
    turn.run();
    const [start] = packet(0);
    const deltas = fc.integer({ min: -(2 ** 47), max: 2 ** 47 });
    fc.assert(
      fc.property(deltas, (delta) => {
        turn.aim(id, 0, delta);
        turn.receiveNothing();
        turn.send(mbufs.at(0), 1, 60);
        turn.run();
        turn.receiveInto(mbufs.at(0), packets.address, 1);
        turn.sendNothing();
        turn.run();
        assert.deepEqual(packet(0), [BigInt.asUintN(64, start + BigInt(delta)), 60n]);
      }),
      { examples: [[0], [1], [-1], [2 ** 32], [-(2 ** 32)], [2 ** 46 - 4096]] },
    );
    mbufs.free(0, 1);
  });

  it('does not look at frames where nobody wants to know of them', () => {
    const turn = on('net_ring0');
    const frames = framesOf(8, 60, 700);
    mbufs.fill(pool, frames);
    packets.window.u8.fill(0xee);
    turn.send(mbufs.at(0), 3, bytesOf(frames));
    turn.receiveInto(mbufs.at(8), 0, 8);
    turn.run();
    assert.deepEqual([turn.sent, turn.received, turn.receivedBytes], [3, 3, 768]);
    assert.deepEqual([turn.shortest, turn.chained], [NOTHING_LOOKED_AT, 0]);
    assert.ok(packets.window.u8.every((byte) => byte === 0xee));
    mbufs.free(8, 3);
  });

  it('a port that is full takes a part; the rest is still ours, its bytes known', () => {
    const turn = on('net_ring0');
    const frames = Array.from({ length: RING + 40 }, (_, i) => frameOf(64 + (i % 200), i));
    mbufs.fill(pool, frames);
    let offered = 0;
    turn.receiveNothing();
    for (; offered + 64 <= RING; offered += 64) {
      turn.send(mbufs.at(offered), 64, bytesOf(frames.slice(offered, offered + 64)));
      turn.run();
      assert.equal(turn.sent, 64);
    }
    // Room for 63 more, and 103 come.
    const rest = frames.slice(offered);
    turn.send(mbufs.at(offered), rest.length, bytesOf(rest));
    turn.run();
    assert.equal(turn.sent, RING - offered);
    assert.deepEqual([turn.txPackets, turn.txBytes], [RING, bytesOf(frames.slice(0, RING))]);
    const before = { calls: turn.calls, empty: turn.emptyCalls };
    turn.sendRest(mbufs.at(RING), 40);
    turn.run();
    assert.deepEqual([turn.sent, turn.txPackets], [0, RING]);
    assert.deepEqual([turn.calls - before.calls, turn.emptyCalls - before.empty], [1, 1]);

    // Room for 10, then for all: each part is counted with its own bytes, whatever was left before.
    const other = Turn.alone().aim(ports[0].id, 0);
    other.sendNothing();
    const fetch = new MbufArray(1024);
    const take = (most: number) => {
      other.receiveInto(fetch.at(0), 0, most);
      other.run();
      assert.equal(other.received, most);
      const taken = fetch.frames(most);
      fetch.free(0, most);
      return taken;
    };
    const back = take(10);
    turn.sendRest(mbufs.at(RING), 40);
    turn.run();
    assert.equal(turn.sent, 10);
    assert.equal(turn.txBytes, bytesOf(frames.slice(0, RING + 10)));
    back.push(...take(RING));
    turn.sendRest(mbufs.at(RING + 10), 30);
    turn.run();
    assert.equal(turn.sent, 30);
    assert.deepEqual([turn.txPackets, turn.txBytes], [frames.length, bytesOf(frames)]);
    back.push(...take(30));
    assert.deepEqual(back.map(hex), frames.map(hex));
    assert.deepEqual([other.rxPackets, other.rxBytes], [frames.length, bytesOf(frames)]);
    fetch.release();
  });

  it('sends, then receives, in one call', () => {
    const turn = on('net_ring0');
    for (let round = 0; round < 5; round++) {
      const frames = framesOf(60 + round, 100, 300);
      mbufs.fill(pool, frames);
      turn.send(mbufs.at(0), 3, bytesOf(frames));
      turn.receiveInto(mbufs.at(16), packets.address, 2);
      turn.run();
      assert.deepEqual([turn.sent, turn.received], [3, 2]);
      mbufs.free(16, 2);
    }
    assert.deepEqual([turn.txPackets, turn.rxPackets, turn.emptyCalls], [15, 10, 0]);
    assert.equal(drain(turn), 5);
    assert.equal(turn.rxBytes, turn.txBytes);
  });

  it('moves nothing when nothing is asked for, and counts that', () => {
    const turn = on('net_null0');
    turn.sendNothing();
    turn.receiveNothing();
    for (let i = 0; i < 3; i++) turn.run();
    assert.deepEqual([turn.sent, turn.received, turn.calls, turn.emptyCalls], [0, 0, 3, 3]);
    // Results are this call's: nothing is left of the one before.
    turn.receiveInto(mbufs.at(0), 0, 4);
    turn.run();
    mbufs.free(0, 4);
    turn.receiveNothing();
    turn.run();
    assert.deepEqual([turn.received, turn.calls, turn.emptyCalls], [0, 5, 4]);
    assert.deepEqual([turn.rxPackets, turn.txPackets, turn.txBytes], [4, 0, 0]);
  });

  it('accounts for all of the time from one call to the next, as work or as idle', () => {
    const turn = on('net_ring0');
    const spent = (what: () => void): { busy: number; idle: number } => {
      const { busyCycles, idleCycles, tsc } = turn;
      what();
      turn.run();
      const busy = turn.busyCycles - busyCycles;
      const idle = turn.idleCycles - idleCycles;
      assert.equal(busy + idle, turn.tsc - tsc);
      return { busy, idle };
    };
    const frames = framesOf(60, 61);
    mbufs.fill(pool, frames);
    const send = () => turn.send(mbufs.at(0), 2, bytesOf(frames));
    turn.receiveNothing();
    turn.sendNothing();
    turn.run();
    // Empty after empty; a call that moves packets; what is done with them.
    assert.equal(spent(() => {}).busy, 0);
    assert.equal(spent(send).idle, 0);
    turn.sendNothing();
    assert.equal(spent(() => {}).idle, 0);
    assert.equal(spent(() => {}).busy, 0);
    mbufs.fill(pool, frames);
    send();
    turn.run();
    turn.sendNothing();
    // Work ends where something waits, and a wait is idle whatever comes after it.
    const waited = spent(() => native.lcoreSleep(2000));
    assert.ok(waited.busy > 0 && waited.idle > 0.0019 * Eal.tscHz);
    mbufs.fill(pool, frames);
    const woken = spent(() => {
      native.lcoreYield();
      native.lcorePause(1);
      send();
    });
    assert.ok(woken.busy > 0 && woken.idle > 0);
    turn.sendNothing();
    native.lcoreMark();
    const marked = native.tsc();
    const elsewhere = spent(() => {
      while (native.tsc() < marked + 1e6);
      native.lcoreMark();
    });
    assert.ok(elsewhere.idle >= 1e6 && elsewhere.busy > 0);
    assert.equal(drain(turn), 6);
  });

  it('counts where a thread stood still, and not where it waited', () => {
    const turn = on('net_ring0');
    turn.sendNothing();
    turn.receiveNothing();
    turn.run();
    const before = turn.stalls;
    const [start, away] = [native.tsc(), 0.0002 * Eal.tscHz];
    while (native.tsc() < start + away);
    turn.run();
    assert.ok(turn.stalls > before, 'two tenths of a millisecond are a stall');
    assert.ok(turn.stalledCycles >= away);
    // Another thread may take the CPU at any moment, but not in each of so many waits.
    const counted = Array.from({ length: 20 }, () => {
      const { stalls } = turn;
      native.lcoreSleep(200);
      turn.run();
      return turn.stalls - stalls;
    });
    assert.ok(counted.includes(0), `${counted} stalls in waits`);
  });

  it('receives from a capture and sends into one: every frame whole, long ones chained', () => {
    const frames = framesOf(1, 14, 60, ROOM, ROOM + 1, 1514, 9000, 64);
    const writer = new PcapWriter();
    for (const frame of frames) writer.record(frame);
    const out = join(folder.path, 'out.pcap');
    const turn = on(`net_pcap0,rx_pcap=${folder.file(writer.bytes())},tx_pcap=${out}`);
    turn.sendNothing();
    turn.receiveInto(mbufs.at(0), packets.address, 1024);
    turn.run();
    assert.deepEqual([turn.received, turn.receivedBytes], [frames.length, bytesOf(frames)]);
    assert.deepEqual([turn.shortest, turn.chained], [1, 3]);
    assert.deepEqual(mbufs.frames(frames.length).map(hex), frames.map(hex));
    turn.send(mbufs.at(0), frames.length, turn.receivedBytes);
    turn.receiveInto(mbufs.at(64), 0, 1024);
    turn.run();
    assert.deepEqual([turn.sent, turn.received], [frames.length, 0]);
    assert.deepEqual([turn.txPackets, turn.txBytes], [frames.length, bytesOf(frames)]);
    ports.pop()?.close();
    assert.deepEqual([...readFrames(out)].map(hex), frames.map(hex));
  });

  it('has one queue of one port, and another when it is aimed anew', () => {
    const port = Port.attach('net_ring0').configure(2, pool).start();
    ports.push(port);
    const turn = Turn.alone();
    for (const queue of [0, 1]) {
      mbufs.fill(pool, framesOf(...Array(queue + 1).fill(60)));
      turn.aim(port.id, queue).receiveNothing();
      turn.send(mbufs.at(0), queue + 1, 60 * (queue + 1));
      turn.run();
    }
    for (const queue of [0, 1]) assert.equal(drain(turn.aim(port.id, queue)), queue + 1);
  });

  it('can be watched from another view on the same memory', () => {
    const memory = new HostMemory(4 * TURN_BYTES);
    const address = memory.address + 2 * TURN_BYTES;
    const turn = new Turn(memory.window, address).aim(openNull(), 0);
    const { buffer } = memory.window;
    const watcher = new Turn(new Window(buffer, memory.address, memory.bytes), address);
    turn.sendNothing();
    turn.receiveInto(mbufs.at(0), 0, 5);
    turn.run();
    mbufs.free(0, 5);
    assert.deepEqual([watcher.received, watcher.rxPackets, watcher.calls], [5, 5, 1]);
    assert.equal(watcher.tsc, turn.tsc);
    const { f64 } = memory.window;
    assert.ok(f64.subarray(0, (2 * TURN_BYTES) / 8).every((value) => value === 0));
    assert.ok(f64.subarray((3 * TURN_BYTES) / 8).every((value) => value === 0));
    memory.release();

    function openNull(): number {
      ports.push(Port.attach('net_null0').configure(1, pool).start());
      return ports[0].id;
    }
  });
});

const layout = turnLayout();
const skip = typeof layout === 'string' && layout;
const offsets = layout as Record<string, number>;

describe('struct turn of native/dpdk/burst.c', { skip }, () => {
  const memory = new HostMemory(TURN_BYTES);
  const turn = new Turn(memory.window, memory.address);
  const view = new DataView(memory.window.buffer, 0, TURN_BYTES);

  it('has requests where they are put', () => {
    const u32 = (member: string) => view.getUint32(offsets[member], true);
    const f64 = (member: string) => view.getFloat64(offsets[member], true);
    assert.equal(offsets.turn, TURN_BYTES);
    turn.aim(3, 5, -0x1234_5678_9abc);
    turn.receiveInto(0x7f01_2345_6789, 0x7f02_0000_0010, 77);
    turn.send(0x7f03_ffff_fff8, 33, 4711);
    assert.deepEqual([u32('port'), u32('queue')], [3, 5]);
    // What gate.test.ts would otherwise tell with SIGSEGV.
    assert.equal(offsets.gated, 56);
    assert.equal(view.getBigInt64(offsets.delta, true), -0x1234_5678_9abcn);
    assert.deepEqual([f64('rx_mbufs'), f64('rx_packets')], [0x7f01_2345_6789, 0x7f02_0000_0010]);
    assert.deepEqual([u32('rx_max'), u32('tx_count')], [77, 33]);
    assert.equal(f64('tx_mbufs'), 0x7f03_ffff_fff8);
    assert.equal(view.getFloat64(offsets.tx_bytes, true), 4711);
    turn.sendRest(0x7f04_0000_0000, 11);
    assert.deepEqual([f64('tx_mbufs'), u32('tx_count')], [0x7f04_0000_0000, 11]);
    assert.equal(view.getFloat64(offsets.tx_bytes, true), 4711);
    turn.lookAhead(0x7f05_0000_0000, 3, 0x7f06_0000_0008, 0x7f07_0000_0040, 0x7f08_0000_0080);
    assert.deepEqual([f64('soon_mbufs'), u32('soon_count')], [0x7f05_0000_0000, 3]);
    assert.deepEqual([f64('later_mbufs'), u32('later_bytes')], [0x7f06_0000_0008, 24]);
    assert.equal(f64('later'), 0x7f07_0000_0040);
    assert.equal(view.getFloat64(offsets.later + 8, true), 0x7f08_0000_0080);
    turn.lookNowhere();
    assert.equal(f64('later'), 0);
    turn.sendNothing();
    turn.receiveNothing();
    assert.deepEqual([u32('tx_count'), u32('rx_max')], [0, 0]);
  });

  it('has results and totals where they are read', () => {
    const words = { sent: 1, received: 2, shortest: 3, chained: 4 } as const;
    for (const [member, value] of Object.entries(words))
      view.setUint32(offsets[member], value, true);
    const numbers = {
      tsc: 2 ** 52 + 1,
      rx_bytes: 6,
      tx_packets_total: 7,
      tx_bytes_total: 8,
      rx_packets_total: 9,
      rx_bytes_total: 10,
      calls: 11,
      empty: 12,
      busy_cycles: 13,
      idle_cycles: 14,
      stalls: 15,
      stalled_cycles: 16,
    };
    for (const [member, value] of Object.entries(numbers))
      view.setFloat64(offsets[member], value, true);
    assert.deepEqual([turn.sent, turn.received, turn.shortest, turn.chained], [1, 2, 3, 4]);
    assert.deepEqual([turn.tsc, turn.receivedBytes], [2 ** 52 + 1, 6]);
    assert.deepEqual([turn.txPackets, turn.txBytes, turn.rxPackets, turn.rxBytes], [7, 8, 9, 10]);
    assert.deepEqual([turn.calls, turn.emptyCalls], [11, 12]);
    assert.deepEqual([turn.busyCycles, turn.idleCycles], [13, 14]);
    assert.deepEqual([turn.stalls, turn.stalledCycles], [15, 16]);
  });

  it('keeps requests, results and totals on cache lines of their own', () => {
    const line = (member: string) => Math.floor(offsets[member] / 64);
    assert.deepEqual(['tx_mbufs', 'tx_bytes'].map(line), [0, 0]);
    assert.deepEqual(['tsc', 'sent', 'rx_bytes'].map(line), [1, 1, 1]);
    assert.deepEqual(['tx_packets_total', 'empty'].map(line), [2, 2]);
  });
});
