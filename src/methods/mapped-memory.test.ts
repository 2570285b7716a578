import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { type L2fwdOptions, METHODS } from '../apps/l2fwd/options.js';
import { runL2fwd } from '../apps/l2fwd/run.js';
import { readFrames } from '../capture/capture.js';
import { WarplineError } from '../errors.js';
import { Device } from '../gpudev/device.js';
import { acrossBus } from '../testing/across-bus.js';
import { Folder } from '../testing/capture-folder.js';
import { assertFrames, forwarded } from '../testing/forwarding.js';
import { coded } from '../testing/test-gpu.js';

// Memory across a bus: any port receives into it. A port that reads what it sends is given frames
// that the device unloaded; the others send them from where they are. The software device plays a
// GPU across a bus. Hosts that talk through such a port are in suite.test.ts.

const capture = fileURLToPath(new URL('../../data/sample.pcap', import.meta.url));
const folder = new Folder();
const out = join(folder.path, 'out.pcap');
const memory = 'gpu-mapped';

/** Who reads: the pool of twins is there for them alone. */
const ways: [string, Partial<L2fwdOptions>, boolean][] = [
  ['a capture', { in: capture }, false],
  ['a capture that is written to a file', { in: capture, out }, true],
  ['net_null', { ports: ['net_null0,size=1024'], packets: 100_000 }, false],
  ['net_null that copies', { ports: ['net_null0,size=1024,copy=1'], packets: 20_000 }, true],
  [
    'net_null to one that copies, and back',
    { ports: ['net_null0,size=64', 'net_null1,size=1024,copy=1'], packets: 20_000 },
    true,
  ],
];
const run = (options: Partial<L2fwdOptions>) => acrossBus(() => runL2fwd({ ...options, memory }));

describe('gpu-mapped memory across a bus', () => {
  for (const { spec: device } of Device.list()) {
    for (const method of METHODS.filter((name) => name !== 'cpu'))
      for (const [name, ports, unloads] of ways)
        it(`${device}, ${method}: takes in and sends on all frames of ${name}`, async (t) => {
          const given = { ...ports, device, method, verify: true };
          const result = await run(given).catch((error: unknown) => {
            if (error instanceof WarplineError && error.code === 'CPU_MAPPING') return undefined;
            throw error;
          });
          if (result === undefined) return t.skip('nothing maps its memory');
          const { rx, tx, dropped, mempool, unloadPool, verify, error } = result;
          assert.equal(error, undefined);
          assert.equal(rx.packets, result.input?.frames ?? ports.packets);
          assert.deepEqual(verify, { checked: rx.packets, wrong: 0 });
          assert.deepEqual(tx, { packets: rx.packets, bytes: rx.bytes });
          assert.ok(Object.values(dropped).every((packets) => packets === 0));
          assert.equal(mempool.available, mempool.size);
          assert.equal(unloadPool !== undefined, unloads);
          assert.equal(unloadPool?.available, unloadPool?.size);
          if (ports.out === undefined) return;
          const frames = [...readFrames(capture)].map((frame) => forwarded(frame, method));
          assertFrames(readFrames(out), frames);
        });

    it(`${device} refuses --method cpu, which would read it`, async () => {
      const refused = (error: unknown) =>
        (error as WarplineError).code === 'CPU_MAPPING' ||
        coded('MEMORY_WRITE_ONLY', /--method cpu/)(error);
      await assert.rejects(run({ in: capture, method: 'cpu', device }), refused);
    });
  }
});
