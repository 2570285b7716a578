import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { Gpu, GraphNode } from '../gpudev/driver.js';
import { macSwap } from '../kernels/mac-swap.js';
import { MethodStand } from '../testing/method-stand.js';
import { branchesFor, graph } from './graph.js';
import type { Setup } from './method.js';

describe('graph', () => {
  it('has as many branches as divide the list, 16 at most, with two graphs or more', () => {
    for (let items = 2; items <= 2000; items++) {
      const branches = branchesFor(items);
      assert.ok(branches >= 1 && branches <= 16 && items % branches === 0);
      assert.ok(items / branches >= 2);
      for (let more = branches + 1; more <= 16 && items / more >= 2; more++)
        assert.notEqual(items % more, 0, `${items} items have ${more} branches, too`);
    }
    assert.deepEqual([1, 2, 3, 4, 7, 32, 48, 256].map(branchesFor), [1, 1, 1, 2, 1, 16, 16, 16]);
  });

  it('has a branch for each item: wait for READY, then the kernel, then DONE', async () => {
    const items = 12;
    const graphs: (readonly GraphNode[])[] = [];
    let streams = 0;
    const gpu = {
      load: async () => 7,
      createStream: () => streams++,
      createGraph: (nodes: readonly GraphNode[]) => graphs.push(nodes) - 1,
    } as unknown as Gpu;
    const list = { items, deviceAddress: 0x5000, statusAddress: (item: number) => 0x9000 + item };
    const setup = { gpu, kernel: macSwap, list, packetTimeNs: 30 };
    const { posted } = await graph.prepare!(setup as unknown as Setup);
    assert.deepEqual(posted, { graphs: [0, 1], streams: [0, 1], branches: 6 });
    for (const [g, nodes] of graphs.entries()) {
      const expected = Array.from({ length: 6 }, (_, branch): GraphNode[] => {
        const item = 6 * g + branch;
        const address = 0x9000 + item;
        const args = [0x5000, item, items, 0, 30];
        return [
          { type: 'wait', after: [], address, value: 1, compare: 1 },
          { type: 'kernel', after: [3 * branch], kernel: 7, blocks: 1, args },
          { type: 'write', after: [3 * branch + 1], address, value: 2 },
        ];
      });
      assert.deepEqual(nodes, expected.flat());
    }
  });

  it('serves every item once, whatever comes between, and drains', async () => {
    const shape = fc.record({
      items: fc.oneof(fc.integer({ min: 2, max: 12 }), fc.integer({ min: 2, max: 150 })),
      wanted: fc.nat(400),
      seed: fc.string(),
    });
    await fc.assert(
      fc.asyncProperty(shape, async ({ items, wanted, seed }) => {
        const stand = new MethodStand(graph, items, seed, wanted);
        const branches = branchesFor(items);
        // The GPU always has a whole graph behind the one that waits for the next item.
        await stand.run(() => assert.ok(stand.posted - stand.handed > branches));
        const { handed } = stand;
        assert.deepEqual([stand.served, stand.freed, stand.posted], Array(3).fill(handed));
        // What the last graph waits for beyond what was received are empty items.
        assert.ok(handed >= wanted && handed - wanted <= 2 * branches);
        assert.equal(stand.launches, handed / branches);
        assert.ok(stand.closed);
      }),
      { numRuns: 200 },
    );
  });
});
