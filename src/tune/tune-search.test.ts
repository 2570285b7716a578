import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { WarplineError } from '../errors.js';
import { allOf, p99Of, peakOf, type Surface, surfaceParts } from '../testing/surface.js';
import { coarseGrid, firstTimeout, lcoresOf, neighbours, type Space } from './candidate.js';
import { bounded, type Objective, peak, target, type Verdict } from './objective.js';
import { Search } from './search.js';
import { Interrupted, Stand } from './stand.js';

const space: Space = {
  methods: ['persistent', 'launch', 'cpu', 'serial'],
  memory: 'host',
  bursts: [16, 64, 256],
  pipelines: [1, 2, 4],
  timeoutUs: 50,
  partial: true,
  cpus: 8,
  ports: 1,
  passes: false,
};
const surface: Surface = {
  best: { persistent: 10, launch: 8, cpu: 5, serial: 1 },
  burst: 128,
  items: 512,
  blocks: 16,
  pipelines: 2,
  lcoresPerPath: 2,
  left: 0.8,
  idleUs: 5,
};

async function search(
  of: Surface,
  objective: Objective,
  budget = 120,
  parts = surfaceParts(of),
  where = space,
) {
  const stand = new Stand(budget, parts);
  const found = new Search(where, objective, stand);
  await found.run();
  return { best: found.ranking[0], found, parts };
}

const everything = allOf(coarseGrid(space), space);

/** The most that a candidate forwards within the bound. */
function within(of: Surface, bound: number, one: Verdict['candidate']): number {
  let [low, high] = [0, peakOf(of, one)];
  for (let step = 0; step < 40; step++) {
    const middle = (low + high) / 2;
    // The wait for company falls with the load, so that a low load may break the bound.
    if (p99Of(of, one, middle) <= bound || middle < high / 50) low = middle;
    else high = middle;
  }
  return p99Of(of, one, low) <= bound ? low : 0;
}

describe('the search', () => {
  const step = (values: number[]) => fc.constantFrom(...values);
  const surfaces: fc.Arbitrary<Surface> = fc.record({
    best: fc.record({
      persistent: fc.double({ min: 1, max: 20, noNaN: true }),
      launch: fc.double({ min: 1, max: 20, noNaN: true }),
      cpu: fc.double({ min: 1, max: 20, noNaN: true }),
      serial: fc.double({ min: 0.1, max: 5, noNaN: true }),
    }),
    burst: step([16, 32, 64, 128, 256]),
    items: step([64, 128, 256, 512]),
    blocks: step([8, 16, 32, 64]),
    pipelines: step([1, 2, 4]),
    lcoresPerPath: step([1, 2]),
    left: fc.double({ min: 0.6, max: 0.95, noNaN: true }),
    idleUs: fc.double({ min: 1, max: 20, noNaN: true }),
  });

  it('finds the most Mpps within 5 %, on any surface that has one summit a method', async () => {
    await fc.assert(
      fc.asyncProperty(surfaces, async (of) => {
        const { best } = await search(of, peak);
        const most = Math.max(...everything.map((one) => peakOf(of, one)));
        assert.ok(best.measured.mpps >= 0.95 * most, `${best.measured.mpps} of ${most}`);
      }),
      { numRuns: 60, seed: 5 },
    );
  });

  it('finds it through noise', async () => {
    const most = Math.max(...everything.map((one) => peakOf(surface, one)));
    for (let seed = 0; seed < 20; seed++) {
      const parts = surfaceParts(surface, { noise: 0.02, seed });
      const { best } = await search(surface, peak, 120, parts);
      assert.ok(peakOf(surface, best.candidate) >= 0.95 * most, `seed ${seed}`);
    }
  });

  it('finds the fewest lcores that reach a target, then the lowest p99', async () => {
    // cpu reaches 4 with one lcore, 8 with two; 18 takes two pipelines of persistent with all their lcores.
    for (const [mpps, lcores] of [
      [4, 1],
      [8, 2],
      [18, 4],
    ]) {
      const { best, found } = await search(surface, target(mpps, true));
      assert.deepEqual([best.meets, best.lcores], [true, lcores], `${mpps} Mpps`);
      const able = everything.filter((one) => peakOf(surface, one) > mpps);
      assert.equal(Math.min(...able.map((one) => lcoresOf(one, space))), lcores);
      const others = found.ranking.filter((one) => one.meets && one.lcores === lcores);
      for (const { measured } of others) assert.ok(measured.p99Us >= best.measured.p99Us);
    }
  });

  it('comes nearest to a target out of reach', async () => {
    const { best } = await search(surface, target(1000, true));
    const most = Math.max(...everything.map((one) => peakOf(surface, one)));
    assert.equal(best.meets, false);
    assert.ok(best.measured.mpps >= 0.95 * most);
  });

  it('finds the most Mpps within a bound on the latency, within 5 %', async () => {
    for (const bound of [15, 40, 200]) {
      const where = { ...space, timeoutUs: firstTimeout(bound) };
      const { best } = await search(surface, bounded(bound), 300, undefined, where);
      const most = Math.max(...everything.map((one) => within(surface, bound, one)));
      assert.equal(best.meets, true);
      assert.ok(best.measured.p99Us <= bound);
      assert.ok((best.measured.offeredMpps as number) >= 0.95 * most, `${bound} µs: ${most}`);
    }
  });

  it('says so when nothing keeps within a bound', async () => {
    const { best } = await search(surface, bounded(1), 60);
    assert.equal(best.meets, false);
  });

  it('keeps its part of the budget, and says what of the grid it had no time for', async () => {
    for (const budget of [5, 20, 60]) {
      for (const objective of [peak, bounded(20)]) {
        const parts = surfaceParts(surface, { beside: 0.5 });
        const { found } = await search(surface, objective, budget, parts);
        // What a run takes is known when it is over: one closer look may be too long.
        assert.ok(parts.time <= 0.7 * budget + 5, `${budget}: ${parts.time} s`);
        assert.ok(found.ranking.length > 0);
        const measured = new Set(found.ranking.map(({ candidate }) => JSON.stringify(candidate)));
        const grid = coarseGrid(space).filter((one) => measured.has(JSON.stringify(one)));
        assert.equal(grid.length + found.unmeasured, coarseGrid(space).length);
      }
    }
  });

  it('leaves out what the device does not allow, and goes on', async () => {
    const parts = surfaceParts(surface);
    const { run } = parts;
    parts.run = (one, ...rest) => {
      if (one.method !== 'persistent') return run.call(parts, one, ...rest);
      throw new WarplineError('OPTION_CONFLICT', { options: 'a and b', reason: 'no' });
    };
    parts.excuse = ({ method }) => method === 'persistent';
    const { best } = await search(surface, peak, 120, parts);
    assert.equal(best.candidate.method, 'launch');
    parts.excuse = () => false;
    await assert.rejects(search(surface, peak, 120, parts), { code: 'OPTION_CONFLICT' });
  });

  it('ends at Ctrl-C with what it has', async () => {
    const parts = surfaceParts(surface);
    const stop = new AbortController();
    parts.stop = stop.signal;
    const { run } = parts;
    parts.run = (...asked) => {
      if (parts.runs.length === 7) stop.abort();
      return run.apply(parts, asked);
    };
    const found = new Search(space, peak, new Stand(120, parts));
    await assert.rejects(found.run(), Interrupted);
    assert.equal(found.ranking.length, 7);
  });
});

describe('neighbours', () => {
  const [first] = coarseGrid(space);
  const differing = (one: object, other: object) =>
    Object.keys(one).filter((key) => Reflect.get(one, key) !== Reflect.get(other, key));

  it('differ in one option that matters to the method, and the machine has CPUs for them', () => {
    const options = (name: string, of: Space = space) => {
      const from = coarseGrid(of).find(({ method }) => method === name);
      assert.ok(from);
      const changed = neighbours(from, of).map((one) => differing(one, from));
      assert.ok(changed.every(({ length }) => length === 1));
      return [...new Set(changed.flat())].sort();
    };
    assert.equal(first.burst, 64);
    assert.deepEqual(options('cpu'), ['burst', 'pipelines']);
    assert.deepEqual(options('launch'), [
      'burst',
      'items',
      'lcoresPerPath',
      'pipelines',
      'timeoutUs',
    ]);
    assert.deepEqual(options('persistent', { ...space, partial: false, cpus: 3 }), [
      'blocks',
      'burst',
      'items',
      'lcoresPerPath',
    ]);
  });

  it('begin with the lcores that l2fwd would take', () => {
    const begins = (passes: boolean) =>
      coarseGrid({ ...space, passes }).map(({ method, lcoresPerPath }) => [method, lcoresPerPath]);
    assert.deepEqual(new Map(begins(true) as [string, number][]).get('persistent'), 1);
    assert.deepEqual(Object.fromEntries(begins(false)), {
      ...{ persistent: 2, launch: 2, cpu: 1, serial: 1 },
    });
  });
});
