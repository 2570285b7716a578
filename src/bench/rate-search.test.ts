import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { RateSearch } from './rate-search.js';

interface Trial {
  rate: number;
  confirming: boolean;
  left: number;
}

/** Searches with a source and a forwarder of which `lost` tells what they lose at a rate. */
function search(
  lost: (rate: number, trial: number, confirming: boolean) => number,
  { peak = 10, resolution = 0.1, retries = 0, source = Number.POSITIVE_INFINITY, link = 0 } = {},
) {
  const rates = new RateSearch(peak, resolution, { retries, ...(link > 0 && { most: link }) });
  const trials: Trial[] = [];
  for (let rate = rates.next; rate !== undefined; rate = rates.next) {
    assert.ok(trials.length < 200, 'the search does not end');
    const { confirming, left } = rates;
    trials.push({ rate, confirming, left });
    const offeredMpps = Math.min(rate, source);
    rates.note({ lost: lost(offeredMpps, trials.length, confirming), offeredMpps });
  }
  return { rates, trials, found: rates.low };
}

const above = (threshold: number) => (rate: number) => (rate > threshold ? 1 : 0);

test('any threshold up to the peak is found to the resolution, and no lossy rate is', () => {
  fc.assert(
    fc.property(
      fc.double({ min: 0.2, max: 9.99, noNaN: true }),
      fc.double({ min: 0.01, max: 0.2, noNaN: true }),
      (threshold, resolution) => {
        const { found, rates, trials } = search(above(threshold), { resolution });
        assert.ok(found <= threshold && threshold - found <= resolution, `${found}`);
        assert.equal(rates.sure, true);
        const { rate, confirming } = trials[trials.length - 1];
        assert.deepEqual([rate, confirming], [found, true]);
        assert.equal(trials.filter((one) => one.confirming).length, 1);
        // The peak first; then what the estimate said after it.
        assert.equal(trials[0].rate, 10);
        assert.ok(trials.length <= trials[0].left);
        assert.deepEqual(
          trials.slice(1).map(({ left }) => left),
          trials.slice(1).map((_, i) => trials.length - 1 - i),
        );
      },
    ),
  );
});

test('a loss of one frame at the peak is one trial, seven halvings and one that confirms', () => {
  const { trials } = search(above(9.95));
  assert.equal(trials.length, 9);
  assert.deepEqual(
    trials.slice(0, 4).map(({ rate }) => rate),
    [10, 5, 7.5, 8.75],
  );
});

test('no loss at the peak: what lies above is found too', () => {
  const { found, rates } = search(above(11.7));
  assert.ok(found > 11.6 && found <= 11.7, `${found}`);
  assert.equal(rates.sure, true);
});

test('no loss at any rate: the search ends at twice the peak', () => {
  const { found, rates, trials } = search(() => 0);
  assert.deepEqual([found, rates.sure], [20, true]);
  assert.equal(trials.at(-1)?.confirming, true);
});

test('on a link whose rate the peak reaches: a trial at that rate, and one that confirms', () => {
  for (const peak of [9.95, 10, 10.01]) {
    const { found, rates, trials } = search(() => 0, { peak, link: 10 });
    assert.deepEqual([found, rates.sure], [10, true]);
    assert.deepEqual(
      trials.map(({ rate, confirming }) => [rate, confirming]),
      [
        [10, false],
        [10, true],
      ],
    );
  }
});

test('no trial offers more than a link carries, whatever the peak', () => {
  const rising = search(() => 0, { peak: 8, link: 10 });
  assert.deepEqual([rising.found, rising.trials[0].rate], [10, 8]);
  assert.ok(rising.trials.every(({ rate }) => rate <= 10));
  const { found } = search(above(9), { peak: 10, link: 10 });
  assert.ok(found <= 9 && found > 8.9, `${found}`);
});

test('loss at every rate: nothing is found, and nothing confirmed', () => {
  const { found, rates, trials } = search(() => 1);
  assert.deepEqual([found, rates.sure, rates.left], [0, false, 0]);
  assert.ok(trials.every(({ confirming }) => !confirming));
  assert.equal(trials.length, 8);
});

test('a source that offers less than asked is the limit, not what it was asked for', () => {
  const { found, rates } = search(() => 0, { source: 8 });
  assert.ok(found <= 8.08 && found >= 7.9, `${found}`);
  assert.equal(rates.sure, true);
});

test('what a slow source loses is lost', () => {
  const { found } = search(above(4), { source: 8 });
  assert.ok(found <= 4 && found > 3.9, `${found}`);
});

test('a rate that is not confirmed is no result: the search goes on below', () => {
  let refused = 0;
  const { found, rates, trials } = search((rate, _, confirming) => {
    if (confirming && refused < 2) return ++refused;
    return rate > 6 ? 1 : 0;
  });
  assert.equal(refused, 2);
  assert.equal(rates.sure, true);
  const failed = trials.filter(({ confirming }) => confirming).slice(0, 2);
  assert.ok(failed.every(({ rate }) => found < rate));
});

test('a trial that fails by chance lowers the result, never raises it, whatever the trial', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: 20 }), { maxLength: 5 }), (chances) => {
      const lost = (rate: number, trial: number) => (rate > 7 || chances.includes(trial) ? 1 : 0);
      const { found, rates } = search(lost);
      assert.ok(found <= 7);
      assert.equal(rates.sure, found > 0);
    }),
  );
});

test('with retries a rate fails only when it fails that often', () => {
  const everyOther = (rate: number, trial: number) => (rate > 7 || trial % 2 === 1 ? 1 : 0);
  const patient = search(everyOther, { retries: 1 });
  assert.ok(patient.found <= 7 && patient.found > 6.9, `${patient.found}`);
  assert.ok(search(everyOther).found < 6.9);
});
