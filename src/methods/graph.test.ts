import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { Gpu, GraphNode, KernelSource } from '../gpudev/driver.js';
import { macSwap } from '../kernels/mac-swap.js';
import { MethodStand } from '../testing/method-stand.js';
import { graph, itemsPerGraph } from './graph.js';
import type { Setup } from './method.js';

describe('graph', () => {
  it('has as many items a graph as divide the list, 32 at most, with two graphs or more', () => {
    for (let items = 2; items <= 2000; items++) {
      const each = itemsPerGraph(items, 1000);
      assert.ok(each >= 1 && each <= 32 && items % each === 0);
      assert.ok(items / each >= 2);
      for (let more = each + 1; more <= 32 && items / more >= 2; more++)
        assert.notEqual(items % more, 0, `${items} items could have ${more} a graph`);
    }
    const of = (items: number) => itemsPerGraph(items, 1000);
    assert.deepEqual([1, 2, 3, 4, 7, 32, 48, 256].map(of), [1, 1, 1, 2, 1, 16, 24, 32]);
  });

  it('has no more items in two graphs than blocks may wait, but one each', () => {
    const of = (blocks: number) => itemsPerGraph(256, blocks);
    assert.deepEqual([1, 2, 3, 4, 31, 33, 63, 64, 65].map(of), [1, 1, 1, 2, 8, 16, 16, 32, 32]);
  });

  it('has branches of eight items, whose blocks await them and see the exit word', async () => {
    const items = 24;
    const graphs: (readonly GraphNode[])[] = [];
    let streams = 0;
    const gpu = {
      load: async ({ name }: KernelSource) => {
        assert.equal(name, 'mac-swap/awaited');
        return 7;
      },
      createStream: () => streams++,
      createGraph: (nodes: readonly GraphNode[]) => graphs.push(nodes) - 1,
    } as unknown as Gpu;
    const parts = {
      share: { deviceStatus: 0x9000, deviceDoorbells: 0x5000 },
      deviceBodies: 0xa000,
      bodyBytes: 192,
    };
    const list = { items, deviceAddress: 0x5000, ...parts };
    const exitWord = { address: 0x7000 };
    const setup = { gpu, kernel: macSwap, list, packetTimeNs: 30, blocks: 100, exitWord };
    const { posted } = await graph.prepare!(setup as unknown as Setup);
    assert.deepEqual(posted, { graphs: [0, 1], streams: [0, 1], perGraph: 12 });
    const branch = (item: number, blocks: number): GraphNode => ({
      type: 'kernel',
      after: [],
      kernel: 7,
      blocks,
      args: [0x5000, item, items, 0x7000, 30, 0x9000, 0xa000, 192],
    });
    assert.deepEqual(graphs, [
      [branch(0, 8), branch(8, 4)],
      [branch(12, 8), branch(20, 4)],
    ]);
  });

  it('serves every item once, whatever comes between, and drains', async () => {
    const shape = fc.record({
      items: fc.oneof(fc.integer({ min: 2, max: 12 }), fc.integer({ min: 2, max: 150 })),
      wanted: fc.nat(400),
      blocks: fc.integer({ min: 1, max: 80 }),
      seed: fc.string(),
    });
    await fc.assert(
      fc.asyncProperty(shape, async ({ items, wanted, blocks, seed }) => {
        const stand = new MethodStand(graph, items, seed, wanted, blocks);
        const each = itemsPerGraph(items, blocks);
        // The GPU always has a whole graph behind the one that waits for the next item.
        await stand.run(() => assert.ok(stand.posted - stand.handed > each));
        const { handed } = stand;
        assert.deepEqual([stand.served, stand.freed, stand.posted], Array(3).fill(handed));
        // What the last graph waits for beyond what was received are empty items.
        assert.ok(handed >= wanted && handed - wanted <= 2 * each);
        assert.equal(stand.launches, handed / each);
        assert.ok(stand.closed);
      }),
      { numRuns: 200 },
    );
  });
});
