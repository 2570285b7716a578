import assert from 'node:assert/strict';
import { after, afterEach, beforeEach, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import fc from 'fast-check';
import { Eal } from '../dpdk/eal.js';
import { HostMemory } from '../memory/memory.js';
import { type Claimer, program } from '../testing/lcore-programs.js';
import { Lcore } from './lcore.js';
import { RUN_STATE_BYTES, RunState, Stop } from './run-state.js';

Eal.start();

describe('run state', () => {
  const memory = new HostMemory(RUN_STATE_BYTES);
  const state = RunState.at(memory.address);
  const words = new Int32Array(new SharedArrayBuffer(16));
  beforeEach(() => {
    memory.window.u8.fill(0);
    words.fill(0);
  });
  afterEach(() => {
    // A failed test must not leave lcores that wait.
    state.ask(Stop.ABORT);
    state.go();
  });
  after(() => Eal.stop());

  /** Starts lcores with a program and tells when they have all ended well. */
  const crew = (n: number, name: string, data: (i: number) => unknown) =>
    Array.from(
      { length: n },
      (_, i) => new Lcore({ name: `${name}${i}`, program: program(name), data: data(i) }),
    );
  const ended = async (lcores: Lcore[]) => {
    let hung = false;
    const timer = setTimeout(() => {
      hung = true;
      state.ask(Stop.ABORT);
      state.go();
    }, 20_000);
    for (const lcore of lcores) assert.equal(await lcore.ended, undefined);
    clearTimeout(timer);
    assert.ok(!hung, 'they did not end by themselves');
  };

  it('runs until it is asked to drain, and is not aborted by that', () => {
    assert.deepEqual([state.stop, state.going, state.aborted], [Stop.RUN, true, false]);
    state.ask(Stop.DRAIN);
    assert.deepEqual([state.stop, state.going, state.aborted], [Stop.DRAIN, false, false]);
    state.ask(Stop.ABORT);
    assert.deepEqual([state.stop, state.going, state.aborted], [Stop.ABORT, false, true]);
  });

  it('never takes back what was asked', () => {
    const stops = fc.array(fc.constantFrom(Stop.RUN, Stop.DRAIN, Stop.ABORT));
    fc.assert(
      fc.property(stops, (asked) => {
        memory.window.u8.fill(0);
        asked.forEach((stop, i) => {
          state.ask(stop);
          assert.equal(state.stop, Math.max(...asked.slice(0, i + 1)));
        });
      }),
    );
  });

  it('asks for no less when somebody asks for more in between', (t) => {
    const exchange = Atomics.compareExchange;
    t.mock.method(
      Atomics,
      'compareExchange',
      (words: Int32Array, at: number, was: number, value: number) => {
        Atomics.store(words, at, Stop.ABORT); // another lcore
        return exchange(words, at, was, value);
      },
    );
    state.ask(Stop.DRAIN);
    assert.equal(state.stop, Stop.ABORT);
  });

  it('never takes back what was asked by several at once', async () => {
    const lcores = crew(3, 'ask', () => ({ run: memory.address, words }));
    await sleep(5);
    state.ask(Stop.ABORT);
    await ended(lcores);
    assert.deepEqual([state.stop, words[0]], [Stop.ABORT, 0]);
  });

  it('starts all lcores together: each waits for the go', async () => {
    const lcores = crew(3, 'go', () => ({ run: memory.address, words }));
    while (state.ready < 3) await sleep(1);
    await sleep(20);
    assert.deepEqual([state.ready, Atomics.load(words, 0)], [3, 0]);
    state.go();
    await ended(lcores);
    assert.deepEqual([state.ready, words[0]], [3, 3]);
  });

  it('lets them go, too, when the run is stopped before it began', async () => {
    for (const stop of [Stop.DRAIN, Stop.ABORT]) {
      memory.window.u8.fill(0);
      const lcores = crew(2, 'go', () => ({ run: memory.address, words }));
      while (state.ready < 1) await sleep(1);
      state.ask(stop);
      await ended(lcores);
    }
    assert.equal(words[0], 4);
  });

  it('grants what is left of the budget and no more, refunds counted', () => {
    const packets = fc.oneof(fc.nat(1024), fc.nat(2 ** 30));
    const step = fc.oneof(
      fc.record({ claim: packets, topUp: fc.boolean() }),
      fc.record({ refund: fc.double({ min: 0, max: 1, noNaN: true }) }),
    );
    // Past 2^32 too: the shared word holds a part, and is topped up.
    const budgets = fc.oneof(fc.nat(3000), fc.nat(2 ** 31), fc.nat(2 ** 34));
    fc.assert(
      fc.property(budgets, fc.array(step), (budget, steps) => {
        memory.window.u8.fill(0);
        const own = RunState.at(memory.address);
        own.setBudget(budget);
        let left = budget;
        let held = 0;
        for (const one of steps) {
          if ('claim' in one) {
            if (one.topUp) own.topUp();
            const got = state.claim(one.claim);
            if (one.topUp) assert.equal(got, Math.min(one.claim, left));
            assert.ok(got >= 0 && got <= Math.min(one.claim, left));
            left -= got;
            held += got;
          } else {
            const back = Math.floor(Math.min(held, 1024) * one.refund);
            state.refund(back);
            left += back;
            held -= back;
          }
        }
        for (let got = 1; got !== 0; left -= got) {
          own.topUp();
          got = state.claim(2 ** 30);
          assert.ok(got <= left, `${got} of the last ${left}`);
        }
        assert.equal(left, 0);
      }),
      {
        examples: [
          [0, [{ claim: 64, topUp: false }]],
          [2 ** 32, [{ claim: 2 ** 30, topUp: false }, { refund: 1 }, { claim: 64, topUp: true }]],
        ],
      },
    );
  });

  it('has no budget before it was given one', () => {
    assert.equal(state.claim(64), 0);
    state.setBudget(10);
    assert.deepEqual([state.claim(64), state.claim(64)], [10, 0]);
  });

  it('grants nothing while another lcore’s claim is under way that took the rest', () => {
    // That one has taken 64 of the last 10, and not put back the 54 yet.
    Atomics.store(memory.window.i32, 1, 10 - 64);
    assert.equal(state.claim(5), 0);
    Atomics.add(memory.window.i32, 1, 54);
    assert.equal(state.claim(5), 0);
    state.refund(3);
    assert.equal(state.claim(5), 3);
  });

  it('is never over budget whoever claims, and in the end all of it is used', async () => {
    // A small one, hardly used, is always nearly claimed; a large one is soon used.
    for (const [round, { budget, use }] of [
      { budget: 100, use: 0.0002 },
      { budget: 200_000, use: 1 },
    ].entries()) {
      memory.window.u8.fill(0);
      words.fill(0);
      state.setBudget(budget);
      const data = (i: number): Claimer => ({
        run: memory.address,
        seed: `budget ${round} ${i}`,
        budget,
        use,
        words,
      });
      const lcores = crew(4, 'claim', data);
      while (state.ready < 4) await sleep(1);
      state.go();
      await ended(lcores);
      const [held, most, used, wrong] = words;
      assert.equal(used, budget);
      // What is used stays held: nobody had more at any time.
      assert.deepEqual([held, wrong], [budget, 0]);
      assert.ok(most <= budget, `${most} of ${budget} were out at once`);
      assert.equal(state.claim(1), 0);
    }
  });
});
