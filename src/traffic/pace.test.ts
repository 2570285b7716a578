import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { MOST, Pace } from './pace.js';

const CYCLES_PER_US = 2000;

/** Offers what is due at each moment; tells how many frames that were in each. */
function offers(pace: Pace, moments: readonly number[]): number[] {
  return moments.map((tsc) => {
    const due = pace.due(tsc);
    pace.offered += due;
    return due;
  });
}

describe('pace', () => {
  it('has sent what the rate asks for whenever it is looked at, less than a group short', () => {
    const steps = fc.array(fc.integer({ min: 1, max: 3000 }), { minLength: 50, maxLength: 400 });
    fc.assert(
      fc.property(fc.double({ min: 0.01, max: 8, noNaN: true }), steps, (mpps, gaps) => {
        const rate = mpps / CYCLES_PER_US;
        const start = 2 ** 50;
        const pace = new Pace(start, rate, CYCLES_PER_US);
        const group = Math.max(1, Math.round(mpps / 2));
        let now = start;
        for (const gap of gaps) {
          now += gap;
          const due = pace.due(now);
          assert.ok(due === 0 || (due >= group && due <= MOST));
          pace.offered += due;
          const asked = (now - start) * rate;
          assert.ok(pace.offered <= asked + 1e-6);
          if (due < MOST) assert.ok(pace.offered > asked - group - 1 - 1e-6);
        }
      }),
    );
  });

  it('goes out in small groups: half a microsecond of traffic', () => {
    const moments = Array.from({ length: 1000 }, (_, i) => 100 * (i + 1));
    const groups = offers(new Pace(0, 6 / CYCLES_PER_US, CYCLES_PER_US), moments);
    assert.deepEqual(new Set(groups), new Set([0, 3]));
  });

  it('catches up after it was away, a burst at a time', () => {
    const pace = new Pace(0, 1 / CYCLES_PER_US, CYCLES_PER_US);
    const away = 100 * CYCLES_PER_US;
    assert.deepEqual(offers(pace, [away, away, away, away, away]), [32, 32, 32, 4, 0]);
  });

  it('makes up for no more than its bucket holds, and then goes on at its rate', () => {
    const pace = new Pace(0, 1 / CYCLES_PER_US, CYCLES_PER_US, 40);
    const us = (n: number) => n * CYCLES_PER_US;
    assert.deepEqual(offers(pace, [us(1000), us(1000), us(1000)]), [32, 8, 0]);
    assert.deepEqual(offers(pace, [us(1001), us(1030), us(1039)]), [1, 29, 9]);
    assert.deepEqual(offers(pace, [us(1079), us(1079)]), [32, 8]);
    assert.equal(pace.offered, 119);
  });

  it('without a rate as many are due as go out at once', () => {
    assert.deepEqual(offers(new Pace(0), [0, 0, 5]), [MOST, MOST, MOST]);
  });
});
