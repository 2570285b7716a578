import { Turn } from '../dpdk/turn.js';
import { fail } from '../errors.js';
import type { LcoreSpec } from '../lcore/lcore.js';
import { RunState } from '../lcore/run-state.js';
import { HostMemory } from '../memory/memory.js';
import { type Address, type Handle, native } from '../memory/native.js';
import { random } from './random.js';

/** Programs for lcores of the tests. Words are of an Int32Array that all of them share. */

type Program = LcoreSpec['program'];

/** Frames a turn of `echo` receives. */
const ECHOED = 32;

/** A program of this file, as an lcore is told of it. */
export function program(name: string): Program {
  return { module: import.meta.url, export: name };
}

/** Counts itself in word 0, then stays until word 1 is not 0. */
export function stay(words: Int32Array): void {
  Atomics.add(words, 0, 1);
  while (Atomics.load(words, 1) === 0) Atomics.wait(words, 1, 0, 1000);
}

export function nothing(): void {}

/** The same after a while: an lcore's program may also be asynchronous. */
export async function later(words: Int32Array): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, 10));
  Atomics.add(words, 0, 1);
}

/** Takes an mbuf of a pool and gives it back, then stays as `stay` does. */
export function useMempool({ pool, array, words }: PoolUser): void {
  native.mbufAllocate(pool, array, 1);
  native.mbufFree(array, 1);
  stay(words);
}

export interface PoolUser {
  pool: Handle;
  /** Room for a pointer. */
  array: Address;
  words: Int32Array;
}

/** Never returns, and calls nothing but what V8 compiles away. */
export function endless(words: Int32Array): void {
  Atomics.store(words, 0, 1);
  for (;;) Atomics.load(words, 1);
}

export function throwCoded(): void {
  fail('PORT_ATTACH', { devargs: 'net_null0', reason: 'the test\nsays so' });
}

export function throwError(): void {
  throw new RangeError('the ring is\nempty');
}

/** Throws whatever it is given. */
export function throwValue(value: unknown): void {
  throw value;
}

export async function reject(): Promise<void> {
  throw new Error('it was refused');
}

/** Throws where no program is waiting any more. */
export function throwLater(value: unknown): Promise<void> {
  return new Promise(() => {
    setTimeout(() => {
      throw value;
    }, 1);
  });
}

export function exit(status: number): void {
  process.exit(status);
}

export const notFunction = 7;

export interface Claimer {
  run: Address;
  seed: string;
  budget: number;
  /** The share of its claims that it uses: 0 to 1. */
  use: number;
  /** Held now @0, most that were ever held @1, used for good @2, claims that were too large @3. */
  words: Int32Array;
}

/**
 * After the go, claims packets of a run's budget, uses some and gives the rest back, until all of it
 * is used: that it ends says that nothing was lost.
 */
export function claim({ run, seed, budget, use, words }: Claimer): void {
  const state = RunState.at(run);
  const draw = random(seed);
  state.waitForGo();
  while (Atomics.load(words, 2) < budget && state.going) {
    const want = 1 + Math.floor(draw() * 64);
    const got = state.claim(want);
    if (got > want || got < 0) Atomics.add(words, 3, 1);
    const held = Atomics.add(words, 0, got) + got;
    raise(words, 1, held);
    const used = draw() < use ? Math.ceil(draw() * got) : 0;
    Atomics.add(words, 2, used);
    // Given back before it is said that it was: so never more is held than has been granted.
    Atomics.sub(words, 0, got - used);
    state.refund(got - used);
  }
}

/** Atomics.max, as it were. */
function raise(words: Int32Array, at: number, value: number): void {
  for (;;) {
    const now = Atomics.load(words, at);
    if (now >= value || Atomics.compareExchange(words, at, now, value) === now) return;
  }
}

/** Asks for a run's stop as often as it can, each time for another: word 0 counts lapses. */
export function ask({ run, words }: { run: Address; words: Int32Array }): void {
  const state = RunState.at(run);
  for (let i = 0; i < 20_000; i++) {
    const before = state.stop;
    state.ask(i % 2);
    if (state.stop < before || state.stop < i % 2) Atomics.add(words, 0, 1);
  }
}

/** Waits for the go, then counts itself in word 0. */
export function go({ run, words }: { run: Address; words: Int32Array }): void {
  RunState.at(run).waitForGo();
  Atomics.add(words, 0, 1);
}

export interface Echoer {
  port: number;
  /** Turns made @0, bursts received @1; whether to stop @2. */
  words: Int32Array;
}

/** Sends what it receives on a port back, one turn after the other. What it cannot send it frees. */
export function echo({ port, words }: Echoer): void {
  const memory = new HostMemory(ECHOED * 8);
  const turn = Turn.alone().aim(port, 0);
  while (Atomics.load(words, 2) === 0) {
    turn.sendNothing();
    turn.receiveInto(memory.address, 0, ECHOED);
    turn.run();
    Atomics.add(words, 0, 1);
    const { received } = turn;
    if (received === 0) continue;
    Atomics.add(words, 1, 1);
    turn.receiveNothing();
    turn.send(memory.address, received, turn.receivedBytes);
    turn.run();
    native.mbufFree(memory.address + turn.sent * 8, received - turn.sent);
  }
}
