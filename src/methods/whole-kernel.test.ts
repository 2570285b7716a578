import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { L2fwdOptions } from '../apps/l2fwd/options.js';
import { runL2fwd } from '../apps/l2fwd/run.js';
import { STATUS_STRIDE, Status } from '../gpudev/comm-list.js';
import type { Kernel } from '../kernels/kernel.js';
import { CHECKOUT } from '../testing/command-line.js';
import { swapItem, swapItemOnly, swapList } from '../testing/whole-kernels.js';
import type { Work } from './method.js';
import { WholeKernel, wholeNodes } from './whole-kernel.js';

const FRAMES = 3958;

async function forward(options: Partial<L2fwdOptions>, kernel: Kernel): Promise<void> {
  const given = { in: `${CHECKOUT}data/sample.pcap`, device: 'software', verify: true };
  const result = await runL2fwd({ ...given, ...options }, {}, kernel);
  assert.equal(result.error, undefined);
  assert.deepEqual(result.verify, { checked: FRAMES, wrong: 0 });
  assert.deepEqual([result.tx.packets, result.dropped.kernel_error], [FRAMES, 0]);
  assert.equal(result.mempool.available, result.mempool.size);
}

describe('a whole gpudev kernel', { timeout: 120_000 }, () => {
  // In a short list an item is free, and filled again, very soon after it was DONE.
  for (const items of [2, 5, 256])
    for (const method of ['serial', 'launch', 'stream', 'graph'] as const)
      it(`works on one item, in ${method} with ${items} items, whoever marks it`, async () => {
        await forward({ method, items, burst: 16 }, swapItem);
        await forward({ method, items, burst: 16, memory: 'gpu' }, swapItemOnly);
      });

  it('works on the list until its exit word is set, in persistent', async () => {
    await forward({ method: 'persistent', burst: 16 }, swapList);
    await forward({ method: 'persistent', items: 3, burst: 7 }, swapList);
  });

  it('serves every path with a status word for each of its items', async () => {
    const ports = ['net_null0,size=64', 'net_null1,size=80'];
    const options = { ports, method: 'launch', device: 'software', packets: 5000 } as const;
    const result = await runL2fwd({ ...options, verify: true }, {}, swapItem);
    assert.equal(result.error, undefined);
    assert.deepEqual(result.verify, { checked: 5000, wrong: 0 });
  });
});

const OWN = 0x9000;

/** A list and a GPU that notes what is posted, as text. */
function noted(items: number) {
  const posted: string[] = [];
  const where = (address: number) =>
    address >= OWN ? `own ${(address - OWN) / 4}` : `item ${address / (4 * STATUS_STRIDE)}`;
  const list = {
    items,
    deviceAddress: 0x1000,
    statusAddress: (item: number) => 4 * STATUS_STRIDE * item,
  };
  const item = (address: number) => (address - list.deviceAddress) / 48;
  const gpu = {
    waitValue: (_: number, at: number, value: number) => posted.push(`wait ${where(at)} ${value}`),
    writeValue: (_: number, at: number, value: number) =>
      posted.push(`write ${where(at)} ${value}`),
    launch: (stream: number, kernel: number, blocks: number, args: Float64Array) => {
      assert.deepEqual([stream, kernel, blocks, ...args.slice(1)], [3, 4, 1, 0, 0, 0, 0, 0, 0, 0]);
      posted.push(`kernel ${item(args[0])}`);
    },
  };
  const work = { gpu, path: { list }, posted: { kernel: 4, ownStatus: OWN } } as unknown as Work;
  return { posted, list, work, where, item };
}

const { READY, DONE } = Status;
const worked = (item: number) => [
  `write own ${item} ${READY}`,
  `kernel ${item}`,
  `write item ${item} ${DONE}`,
];

it('items are posted one by one, round the list; their own status words before, DONE behind', () => {
  const { posted, work } = noted(4);
  const whole = WholeKernel.of(work);
  whole?.post(3, 3, 2, false);
  assert.deepEqual(posted.splice(0), [...worked(3), ...worked(0)]);
  whole?.post(3, 1, 1, true);
  assert.deepEqual(posted, [`wait item 1 ${READY}`, ...worked(1)]);
  assert.equal(WholeKernel.of({ ...work, posted: { kernel: 4 } }), undefined);
});

it('a graph has them side by side, each a chain', () => {
  const { list, work, where, item } = noted(8);
  const nodes = wholeNodes(work.path.list, 6, 2, { kernel: 4, ownStatus: OWN });
  const said = nodes.map((node) => {
    if (node.type === 'kernel') return `kernel ${item(node.args[0])}`;
    if (node.type === 'copy') return 'copy';
    return `${node.type} ${where(node.address)} ${node.value}`;
  });
  assert.deepEqual(
    said,
    [6, 7].flatMap((n) => [`wait item ${n} ${READY}`, ...worked(n)]),
  );
  const after = nodes.map((node) => node.after);
  assert.deepEqual(after, [[], [0], [1], [2], [], [4], [5], [6]]);
  assert.equal(list.items, 8);
});
