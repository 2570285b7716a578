import assert from 'node:assert/strict';
import { test } from 'node:test';
import { clockTime, Timetable } from './timetable.js';

test('what is left is the length of the runs, and what runs cost beside it so far', () => {
  const timetable = new Timetable();
  assert.equal(timetable.left(4, 6), 6);
  timetable.done(1, 1.5);
  timetable.done(1, 2.5);
  assert.equal(timetable.left(4, 6), 6 + 4 * 1);
  assert.equal(timetable.left(0, 0), 0);
});

test('seconds are written as a clock has them', () => {
  assert.equal(clockTime(0.4), '0:00');
  assert.equal(clockTime(-2), '0:00');
  assert.equal(clockTime(59.6), '1:00');
  assert.equal(clockTime(245), '4:05');
  assert.equal(clockTime(3723), '1:02:03');
});
