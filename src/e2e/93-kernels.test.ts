import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { describe, it } from 'node:test';
import { METHODS } from '../apps/l2fwd/options.js';
import { runL2fwd } from '../apps/l2fwd/run.js';
import { readFrames } from '../capture/capture.js';
import type { CudaSource } from '../gpudev/driver.js';
import { type Compiler, compile } from '../gpudev/drivers/cuda/compiler.js';
import { cudaDriver } from '../gpudev/drivers/cuda/driver.js';
import { entry } from '../kernels/kernel.js';
import { userKernel } from '../kernels/user-kernel.js';
import { Folder } from '../testing/capture-folder.js';
import { CHECKOUT } from '../testing/command-line.js';
import { l2fwdHere } from '../testing/l2fwd-program.js';
import { coded } from '../testing/test-gpu.js';

const folder = new Folder();
const sample = `${CHECKOUT}data/sample.pcap`;
const received = [...readFrames(sample)];
const out = `${folder.path}/out.pcap`;
const SOURCE = `${CHECKOUT}src/examples/ttl-kernel.ts`;
const TTL_JS = SOURCE.replace('src/', 'dist/').replace('.ts', '.js');
const TTL_CU = `${CHECKOUT}src/examples/ttl.cu`;
const SWAP_CU = `${CHECKOUT}src/examples/gpudev-swap.cu`;

/** The capture through a kernel: what was sent. */
async function through(kernel: string, method: (typeof METHODS)[number], device: string) {
  const result = await runL2fwd({ in: sample, out, kernel, method, device, items: 16 });
  assert.equal(result.error, undefined);
  assert.equal(result.rx.packets, received.length);
  assert.equal(result.mempool.available, result.mempool.size);
  return [...readFrames(out)].map((frame) => Buffer.from(frame));
}

const swapped = received.map((frame) =>
  frame.length < 12
    ? Buffer.from(frame)
    : Buffer.concat([frame.slice(6, 12), frame.slice(0, 6), frame.slice(12)]),
);

/** Asserts that every IPv4 frame lost one of its TTL, and that nothing but its checksum followed. */
function checkTtl(sent: readonly Buffer[]): void {
  assert.equal(sent.length, received.length);
  let changed = 0;
  for (const [i, before] of received.entries()) {
    const wanted = Buffer.from(before);
    if (before.length >= 34 && before[12] === 8 && before[13] === 0 && before[22] !== 0) {
      changed++;
      wanted[22]--;
      // A smaller word by 0x100: a larger checksum by as much, the carry taken round (RFC 1624).
      const sum = wanted.readUInt16BE(24) + 0x100;
      wanted.writeUInt16BE((sum & 0xffff) + (sum >> 16), 24);
    }
    assert.deepEqual(sent[i], wanted, `frame ${i + 1}`);
  }
  assert.ok(changed > 1000);
}

describe('--kernel on the software device', { timeout: 120_000 }, () => {
  for (const method of METHODS.filter((each) => each !== 'io'))
    it(`a packet function in JavaScript: ${method}`, async () => {
      checkTtl(await through(`${TTL_JS}:decrementTtl`, method, 'software'));
    });

  const INPUT = ['--in', sample, '--kernel'];
  for (const [given, line] of [
    [
      [...INPUT, TTL_CU],
      /^warpline: KERNEL_SIDE: kernel decrement_ttl\/persistent has no software side/,
    ],
    [
      [...INPUT, TTL_CU, '--method', 'cpu'],
      /OPTION_CONFLICT: --kernel and --method cpu .*GPU alone/,
    ],
    [[...INPUT, `${SWAP_CU}:swap_item`, '--packet-time-ns', '5'], /CONFLICT.*--packet-time-ns/],
    [[...INPUT, SWAP_CU], /KERNEL_CHOICE: .* swap_item, swap_list/],
    [[...INPUT, `${folder.path}/none.cu`], /KERNEL_FILE: .*no such file/],
  ] as const)
    it(`is refused in one line: ${given
      .slice(3)
      .join(' ')
      .replaceAll(/\/\S*\//g, '')}`, async () => {
      const { status, stdout, stderr } = await l2fwdHere(['--quiet', ...given]);
      assert.deepEqual([status, stdout], [2, '']);
      assert.match(stderr, line);
      assert.equal(stderr.split('\n').length, 2);
    });
});

const addon = createRequire(import.meta.url)('../../build/cuda.node') as Compiler;
/** Turing: the oldest that every NVRTC from 12 on knows. No GPU is the next: for that it makes Turing's PTX. */
const OLD = 75;

describe('--kernel on a CUDA GPU', {
  skip: cudaDriver.probe().length === 0 && 'there is none',
  timeout: 120_000,
}, () => {
  const gpuMethods = METHODS.filter((each) => each !== 'io' && each !== 'cpu');
  for (const method of gpuMethods) {
    it(`a packet function in CUDA C++: ${method}`, async () => {
      checkTtl(await through(TTL_CU, method, 'cuda:0'));
    });
    it(`a whole gpudev kernel: ${method}`, async () => {
      const name = method === 'persistent' ? 'swap_list' : 'swap_item';
      assert.deepEqual(await through(`${SWAP_CU}:${name}`, method, 'cuda:0'), swapped);
    });
    it(`a built-in kernel as PTX, without NVRTC: ${method}`, async () => {
      process.env.WARPLINE_NVRTC = 'none';
      try {
        const options = { in: sample, method, device: 'cuda:0', verify: true } as const;
        const { verify } = await runL2fwd(options);
        assert.deepEqual(verify, { checked: received.length, wrong: 0 });
      } finally {
        delete process.env.WARPLINE_NVRTC;
      }
    });
  }

  /** The example's kernel as NVRTC makes it for a GPU, in a file of its own. */
  async function image(name: string, device: number, file: string): Promise<string> {
    const source = { file: SWAP_CU, type: 'cu', name } as const;
    const { cuda } = entry(await userKernel(source, 256), 'items');
    const compiled = await compile(addon, name, cuda as CudaSource, device);
    return folder.file(compiled.image, file);
  }
  const noNvrtc = addon.compilerLoad() || false;

  it('PTX, which the driver finishes', { skip: noNvrtc }, async () => {
    const file = await image('swap_item', OLD + 1, 'swap.ptx');
    assert.deepEqual(await through(`${file}:swap_item`, 'launch', 'cuda:0'), swapped);
  });

  it('a cubin for another GPU is refused', { skip: noNvrtc }, async () => {
    const file = await image('swap_item', OLD, 'old.cubin');
    const says = /kernel swap_item cannot be loaded on .*: it has no code for sm_\d+/;
    const ended = through(`${file}:swap_item`, 'launch', 'cuda:0');
    await assert.rejects(ended, coded('KERNEL_IMAGE', says));
  });

  it('PTX that is none is refused', async () => {
    const text =
      '.version 7.0\n.target sm_70\n.address_size 64\n.visible .entry k(.param .u64 p)\n';
    const file = folder.file(`${text}{ nonsense; }`, 'bad.ptx');
    await assert.rejects(through(file, 'launch', 'cuda:0'), coded('KERNEL_IMAGE', /k cannot be/));
  });

  it('a mistake in it is shown where it stands', { skip: noNvrtc }, async () => {
    const text = '__device__ void f(uint8_t *p, uint32_t n)\n{\n  mistake;\n}\n';
    const file = folder.file(text, 'mistake.cu');
    const says = /mistake\.cu\(3\): error: .*mistake/;
    await assert.rejects(through(file, 'launch', 'cuda:0'), coded('KERNEL_COMPILE', says));
  });
});
