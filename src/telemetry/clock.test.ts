import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Turn } from '../dpdk/turn.js';
import { HostMemory } from '../memory/memory.js';
import { givenUp } from '../testing/given-up.js';
import { Clock } from './clock.js';
import { Count, TALLY_BYTES, Tally } from './tally.js';

const NS_PER_CYCLE = 0.5;

/** A clock and its tally, and the sends of a TX queue, one after the other. */
function queue(warmup: number) {
  const memory = new HostMemory(TALLY_BYTES);
  const tally = new Tally(memory.window, memory.address);
  const clock = new Clock(tally, NS_PER_CYCLE, warmup);
  const turn = { txPackets: 0, txBytes: 0, tsc: 0 };
  /** Sends packets of 100 bytes at `tsc`, which were received at `arrival`. */
  const send = (packets: number, arrival: number, tsc: number): boolean => {
    turn.txPackets += packets;
    turn.txBytes += 100 * packets;
    turn.tsc = tsc;
    clock.sent(turn as Turn, arrival);
    clock.record(turn as Turn, arrival, packets);
    return tally.values[Count.counting] !== 0;
  };
  const value = (name: keyof typeof Count) => tally.values[Count[name]];
  return { tally, send, value };
}

test('without a warm-up, time runs from the first packet’s arrival to the last one sent', () => {
  const { send, value, tally } = queue(0);
  assert.equal(value('counting'), 0);
  assert.ok(send(32, 1000, 5000));
  assert.deepEqual([value('counting'), value('startTsc'), value('endTsc')], [1, 1000, 5000]);
  assert.ok(send(32, 4000, 9000));
  assert.deepEqual([value('startTsc'), value('endTsc')], [1000, 9000]);
  assert.deepEqual([value('startPackets'), value('startBytes')], [0, 0]);
  assert.equal(tally.latency.count, 64);
});

test('a packet’s latency is from its receive call’s return to its send call’s, in ns', () => {
  const { send, tally } = queue(0);
  send(10, 1000, 1200);
  send(5, 1100, 3100);
  assert.equal(tally.latency.percentile(0.5), 200 * NS_PER_CYCLE);
  assert.equal(tally.latency.max, 2000 * NS_PER_CYCLE);
  assert.equal(tally.latency.count, 15);
});

test('nothing counts until the warm-up’s packets are sent', () => {
  const { send, value, tally } = queue(100);
  for (const tsc of [10, 20, 30]) assert.equal(send(32, 0, tsc), false);
  assert.equal(value('counting'), 0);
  assert.equal(tally.latency.count, 0);
  // 96 were sent: the next burst ends the warm-up, and time runs from when it was sent.
  send(32, 35, 40);
  assert.deepEqual([value('counting'), value('startTsc'), value('endTsc')], [1, 40, 40]);
  assert.deepEqual([value('startPackets'), value('startBytes')], [128, 12_800]);
  assert.ok(send(32, 45, 50));
  assert.deepEqual([value('startTsc'), value('endTsc')], [40, 50]);
  assert.deepEqual([value('startPackets'), value('startBytes')], [128, 12_800]);
});

test('a warm-up that ends with a burst is over with the next', () => {
  const { send, value } = queue(64);
  assert.equal(send(32, 0, 10), false);
  assert.equal(send(32, 0, 20), false);
  assert.equal(value('counting'), 0);
  send(32, 0, 30);
  assert.deepEqual([value('counting'), value('startPackets')], [1, 96]);
});

test('the end of the warm-up is nothing new to V8: optimised code goes on', () => {
  const from = (module: string) => `from '${new URL(module, import.meta.url)}'`;
  const found = givenUp(`
    import { HostMemory } ${from('../memory/memory.js')};
    import { Clock } ${from('./clock.js')};
    import { TALLY_BYTES, Tally } ${from('./tally.js')};
    const memory = new HostMemory(TALLY_BYTES);
    const tally = new Tally(memory.window, memory.address);
    const [each, all] = [32, 5e6];
    const clock = new Clock(tally, 0.5, 0.8 * all * each);
    const turn = { txPackets: 0, txBytes: 2 ** 40, tsc: 2 ** 50 };
    function loop() {
      for (let i = 0; i < all; i++) {
        turn.txPackets += each;
        turn.tsc += 1000;
        const arrival = turn.tsc - 100 - (i % 5000);
        clock.sent(turn, arrival);
        clock.record(turn, arrival, each);
      }
    }
    loop();
    if (Math.abs(tally.latency.count - 0.2 * all * each) > each) throw new Error('the warm-up did not end');
  `);
  assert.deepEqual(found, []);
});
