import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { type L2fwdOptions, METHODS } from '../apps/l2fwd/options.js';
import { runL2fwd } from '../apps/l2fwd/run.js';
import { WarplineError } from '../errors.js';
import { Device } from '../gpudev/device.js';
import { coded } from '../testing/test-gpu.js';

// Memory across a bus: any port receives into it, and only ports that read nothing send from it.
// What becomes of the frames is for suite.test.ts, on the software device.

const capture = fileURLToPath(new URL('../../data/sample.pcap', import.meta.url));
const sources: [string, Partial<L2fwdOptions>][] = [
  ['a capture', { in: capture }],
  ['net_null', { ports: ['net_null0,size=1024'], packets: 100_000 }],
];
const readers: [string, Partial<L2fwdOptions>][] = [
  ['--method cpu', { in: capture, method: 'cpu' }],
  ['the port net_null0,copy=1', { ports: ['net_null0,copy=1'], packets: 1 }],
];
const gpus = Device.list().filter(({ integrated }) => !integrated);

describe('gpu-mapped memory across a bus', { skip: gpus.length === 0 && 'no such GPU' }, () => {
  for (const { spec: device } of gpus) {
    const memory = 'gpu-mapped';

    for (const method of METHODS.filter((name) => name !== 'cpu'))
      for (const [name, port] of sources)
        it(`${device}, ${method}: takes in and sends on all frames of ${name}`, async (t) => {
          const run = runL2fwd({ ...port, device, memory, method, verify: true });
          const result = await run.catch((error: unknown) => {
            if (error instanceof WarplineError && error.code === 'CPU_MAPPING') return undefined;
            throw error;
          });
          if (result === undefined) return t.skip('nothing maps its memory');
          const { rx, tx, dropped, mempool, verify, error } = result;
          assert.equal(error, undefined);
          assert.equal(rx.packets, result.input?.frames ?? 100_000);
          assert.deepEqual(verify, { checked: rx.packets, wrong: 0 });
          assert.deepEqual(tx, { packets: rx.packets, bytes: rx.bytes });
          assert.ok(Object.values(dropped).every((packets) => packets === 0));
          assert.equal(mempool.available, mempool.size);
        });

    for (const [who, options] of readers)
      it(`${device} refuses ${who}, which would read it`, async () => {
        const refused = (error: unknown) =>
          (error as WarplineError).code === 'CPU_MAPPING' ||
          coded('MEMORY_WRITE_ONLY', new RegExp(who))(error);
        await assert.rejects(runL2fwd({ ...options, device, memory }), refused);
      });
  }
});
