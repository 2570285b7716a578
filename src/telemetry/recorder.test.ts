import assert from 'node:assert/strict';
import { test } from 'node:test';
import { HostMemory } from '../memory/memory.js';
import { Note, Recorder, recorderBytes, Windows, windowStart } from './recorder.js';

const plan = { items: 10, next: 40, windows: 4 };

test('the first items are recorded, and as many each time their number has doubled', () => {
  const windows = new Windows(plan);
  const recorded = new Map<number, number>();
  for (let n = 0; n < 1000; n++) if (windows.has(n)) recorded.set(n, windows.place(n));
  const expected = [0, 40, 80, 160].flatMap((start, window) =>
    Array.from({ length: 10 }, (_, i): [number, number] => [start + i, window * 10 + i]),
  );
  assert.deepEqual([...recorded], expected);
  assert.deepEqual(
    [0, 1, 2, 3].map((window) => windowStart(plan, window)),
    [0, 40, 80, 160],
  );
});

test('it is known from which item on recording begins or ends', () => {
  const windows = new Windows(plan);
  let [next, before] = [0, false];
  for (let n = 0; n < 300; n++) {
    const changes = n === next;
    const on = windows.has(n);
    assert.equal(on !== before, changes, `item ${n}`);
    if (changes) next = windows.changesAt(n);
    before = on;
  }
  assert.equal(next, Infinity);
});

test('two that walk through a plan each for itself find the same places', () => {
  const [ahead, behind] = [new Windows(plan), new Windows(plan)];
  const places: number[] = [];
  for (let n = 0; n < 300; n++) {
    if (ahead.has(n)) places.push(ahead.place(n));
    if (n >= 100 && behind.has(n - 100)) assert.equal(behind.place(n - 100), places.shift());
  }
});

test('a window keeps what there is room for, counts the rest, and leaves the others alone', () => {
  const memory = new HostMemory(recorderBytes(3, 5));
  const { address, bytes } = memory;
  const share = { memory: { address, bytes }, address, windows: 3, room: 5 };
  const recorder = Recorder.at(share);
  assert.equal(Recorder.at(share), recorder);
  assert.equal(Recorder.read(share, 0), undefined);
  recorder.turn(true, 0);
  for (let n = 0; n < 7; n++) recorder.note(Note.RECEIVE, n, 2 * n, 100 + n, 200 + n);
  recorder.turn(false, 1);
  recorder.turn(true, 2);
  recorder.note(Note.FREE, 1, 0, 3, 3);
  const first = Recorder.read(share, 0);
  assert.equal(first?.lost, 2);
  assert.deepEqual(
    first.notes,
    [0, 1, 2, 3, 4].map((n) => ({
      note: Note.RECEIVE,
      a: n,
      b: 2 * n,
      from: 100 + n,
      to: 200 + n,
    })),
  );
  assert.ok(first.opened > 0 && first.closed >= first.opened);
  assert.equal(Recorder.read(share, 1), undefined);
  const last = Recorder.read(share, 2);
  assert.deepEqual([last?.notes.length, last?.closed], [1, Infinity]);
  memory.release();
});
