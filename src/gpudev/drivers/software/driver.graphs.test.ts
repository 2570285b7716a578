import assert from 'node:assert/strict';
import { test } from 'node:test';
import { coded, onGpu } from '../../../testing/test-gpu.js';
import { Compare, type GraphNode } from '../../driver.js';
import { GRAPHS_MAX } from './board.js';

for (const processors of [1, 2]) {
  test(
    `${processors}: nodes run after the nodes they name`,
    onGpu(processors, async (t) => {
      const { gpu } = t;
      const scale = await t.kernel('scale');
      const slowly = await t.kernel('scaleSlowly');
      const stream = gpu.createStream();
      // word 0: 3 → 7 → 70, seen in word 1 between; both branches meet in the last node.
      const graph = gpu.createGraph([
        { type: 'kernel', after: [3], kernel: slowly, blocks: 1, args: [t.at(0), 10, 0] },
        { type: 'write', after: [], address: t.at(0), value: 3 },
        { type: 'kernel', after: [1, 1], kernel: scale, blocks: 1, args: [t.at(0), 2, 1] },
        { type: 'copy', after: [2], to: t.at(1), from: t.at(0), bytes: 4 },
        { type: 'write', after: [], address: t.at(2), value: 5 },
        { type: 'kernel', after: [0, 4], kernel: scale, blocks: 3, args: [t.at(0), 1, 1] },
      ]);
      for (let round = 0; round < 100; round++) {
        t.words.fill(0);
        gpu.launchGraph(stream, graph);
        gpu.synchronize(stream);
        assert.deepEqual([...t.words.slice(0, 4)], [71, 8, 6, 0]);
      }
    }),
  );

  test(
    `${processors}: branches run side by side: one waits for what the other writes`,
    onGpu(processors, async (t) => {
      const { gpu } = t;
      const answer = await t.kernel('arrive');
      const stream = gpu.createStream();
      const graph = gpu.createGraph([
        { type: 'wait', after: [], address: t.at(16), value: 2, compare: Compare.EQ },
        { type: 'write', after: [0], address: t.at(32), value: 1 },
        // These two stay until the branch above has seen both of them.
        { type: 'kernel', after: [], kernel: answer, blocks: 1, args: [t.at(16), t.at(32)] },
        { type: 'kernel', after: [], kernel: answer, blocks: 1, args: [t.at(16), t.at(32)] },
        { type: 'write', after: [1, 2, 3], address: t.at(16), value: 9 },
      ]);
      gpu.launchGraph(stream, graph);
      gpu.synchronize(stream);
      assert.deepEqual([t.words[16], t.words[32]], [9, 1]);
    }),
  );

  test(
    `${processors}: a graph launched again runs after itself, also from another stream`,
    onGpu(processors, async (t) => {
      const { gpu } = t;
      const slowly = await t.kernel('scaleSlowly');
      const streams = [gpu.createStream(), gpu.createStream()];
      const nodes: GraphNode[] = [1, 2, 3].map((n, i) => ({
        type: 'kernel',
        after: i === 0 ? [] : [i - 1],
        kernel: slowly,
        blocks: 1,
        args: [t.at(0), 3, n],
      }));
      const graph = gpu.createGraph(nodes);
      let expected = 0;
      for (let round = 0; round < 60; round++) {
        gpu.launchGraph(streams[round % 2], graph);
        for (const n of [1, 2, 3]) expected = Math.imul(expected, 3) + n;
      }
      for (const stream of streams) gpu.synchronize(stream);
      assert.equal(t.words[0], expected | 0);
    }),
  );
}

test(
  'a graph is one work of its stream',
  onGpu(1, (t) => {
    const { gpu } = t;
    const stream = gpu.createStream();
    const graph = gpu.createGraph([
      { type: 'wait', after: [], address: t.at(0), value: 1, compare: Compare.EQ },
      { type: 'copy', after: [], to: t.at(2), from: t.at(1), bytes: 4 },
    ]);
    gpu.writeValue(stream, t.at(1), 5);
    gpu.launchGraph(stream, graph);
    gpu.writeValue(stream, t.at(1), 6);
    t.until(2, 5);
    assert.equal(Atomics.load(t.words, 1), 5);
    Atomics.store(t.words, 0, 1);
    gpu.synchronize(stream);
    assert.deepEqual([t.words[1], t.words[2]], [6, 5]);
  }),
);

test(
  'an empty graph, a wide one and a long one',
  onGpu(1, async (t) => {
    const { gpu } = t;
    const add = await t.kernel('add');
    const stream = gpu.createStream();
    const node = { type: 'kernel', kernel: add, blocks: 1, args: [t.at(0), 1] } as const;
    const many = 2000;
    const wide = Array.from({ length: many }, () => ({ ...node, after: [] }));
    const long = wide.map((_, i) => ({ ...node, after: i === 0 ? [] : [i - 1] }));
    for (const nodes of [[], wide, long]) {
      t.words[0] = 0;
      const graph = gpu.createGraph(nodes);
      gpu.launchGraph(stream, graph);
      gpu.synchronize(stream);
      assert.equal(t.words[0], nodes.length);
      gpu.destroyGraph(graph);
    }
  }),
);

test(
  'createGraph refuses what cannot run',
  onGpu(1, async (t) => {
    const { gpu } = t;
    const add = await t.kernel('add');
    const write = (after: number[]): GraphNode => {
      return { type: 'write', after, address: t.at(0), value: 1 };
    };
    const refused = (says: RegExp, ...nodes: GraphNode[]) => {
      assert.throws(() => gpu.createGraph(nodes), coded('GPU_ARGUMENT', says));
    };
    refused(/node 0 is in a cycle/, write([0]));
    refused(/node [012] is in a cycle/, write([2]), write([0]), write([1]), write([]));
    refused(/cycle or behind one/, write([]), write([0, 2]), write([1]));
    for (const wrong of [-1, 1, 0.5, Number.NaN]) refused(/which there is not/, write([wrong]));
    const kernel = { type: 'kernel', after: [], kernel: add, blocks: 1, args: [] } as const;
    refused(/no kernel 77/, { ...kernel, kernel: 77 });
    refused(/no number of blocks/, { ...kernel, blocks: 0 });
    refused(/8 arguments, not 9/, { ...kernel, args: [1, 2, 3, 4, 5, 6, 7, 8, 9] });
    refused(/multiple of 4/, { type: 'write', after: [], address: t.at(0) + 2, value: 1 });
    refused(/multiple of 4/, {
      type: 'wait',
      after: [],
      address: 3,
      value: 1,
      compare: Compare.EQ,
    });
    refused(/number of bytes/, { type: 'copy', after: [], to: t.at(0), from: t.at(1), bytes: -1 });
    refused(/no node type/, { type: 'hostcall', after: [] } as unknown as GraphNode);
  }),
);

test(
  'a destroyed graph finishes what was launched; places are used again',
  onGpu(1, (t) => {
    const { gpu } = t;
    const stream = gpu.createStream();
    const make = (value: number) =>
      gpu.createGraph([
        { type: 'wait', after: [], address: t.at(0), value: 1, compare: Compare.EQ },
        { type: 'write', after: [0], address: t.at(1), value },
      ]);
    const first = make(7);
    gpu.launchGraph(stream, first);
    gpu.destroyGraph(first);
    assert.throws(() => gpu.launchGraph(stream, first), coded('GPU_ARGUMENT', /no graph/));
    const second = make(8);
    assert.notEqual(second, first);
    Atomics.store(t.words, 0, 1);
    gpu.synchronize(stream);
    assert.equal(t.words[1], 7);
    gpu.destroyGraph(second);
    for (let i = 0; i < 3 * GRAPHS_MAX; i++) gpu.destroyGraph(make(i));
    const all = Array.from({ length: GRAPHS_MAX }, (_, i) => make(i));
    assert.throws(() => make(0), coded('GPU_OUT_OF_RESOURCES', /graphs/));
    gpu.launchGraph(stream, all[GRAPHS_MAX - 1]);
    gpu.synchronize(stream);
    assert.equal(t.words[1], GRAPHS_MAX - 1);
  }),
);

test(
  'a graph that needs more room than there is says so and takes nothing',
  onGpu(1, (t) => {
    const { gpu } = t;
    const nodes: GraphNode[] = Array.from({ length: 60_000 }, () => {
      return { type: 'write', after: [], address: t.at(0), value: 1 };
    });
    const graph = gpu.createGraph(nodes);
    assert.throws(() => gpu.createGraph(nodes), coded('GPU_OUT_OF_RESOURCES', /words for graphs/));
    gpu.destroyGraph(graph);
    const stream = gpu.createStream();
    gpu.launchGraph(stream, gpu.createGraph(nodes));
    gpu.synchronize(stream);
    assert.equal(t.words[0], 1);
  }),
);
