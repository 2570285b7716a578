import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { MethodStand } from '../testing/method-stand.js';
import { stream } from './stream.js';

describe('stream', () => {
  it('serves every item once, in order, whatever comes between, and drains', async () => {
    const shape = fc.record({
      items: fc.oneof(fc.integer({ min: 2, max: 12 }), fc.integer({ min: 2, max: 300 })),
      wanted: fc.nat(600),
      blocks: fc.integer({ min: 1, max: 40 }),
      seed: fc.string(),
    });
    await fc.assert(
      fc.asyncProperty(shape, async ({ items, wanted, blocks, seed }) => {
        const stand = new MethodStand(stream, items, seed, wanted, blocks);
        // The GPU is never left without a link that waits for the next item.
        await stand.run(() => {
          assert.ok(stand.posted > stand.handed);
          assert.ok(stand.posted - stand.handed <= items);
        });
        const { handed } = stand;
        assert.deepEqual([stand.served, stand.freed, stand.posted], Array(3).fill(handed));
        assert.ok(handed >= wanted);
        assert.ok(stand.closed);
      }),
      { numRuns: 200 },
    );
  });
});
