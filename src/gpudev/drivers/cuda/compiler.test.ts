import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { builtInSources } from '../../../kernels/built-in.js';
import { ENTRY_KINDS } from '../../../kernels/cuda-entries.js';
import { entry } from '../../../kernels/kernel.js';
import { macSwap } from '../../../kernels/mac-swap.js';
import { userKernel } from '../../../kernels/user-kernel.js';
import { Folder } from '../../../testing/capture-folder.js';
import { run } from '../../../testing/command-line.js';
import { coded } from '../../../testing/test-gpu.js';
import type { CudaSource } from '../../driver.js';
import { type Compiler, compile } from './compiler.js';
import { ptxFile, ptxHead, shippedPtx } from './shipped-ptx.js';

const addon = createRequire(import.meta.url)('../../../../build/cuda.node') as Compiler;
const noNvrtc = addon.compilerLoad();
const noNvcc = spawnSync('nvcc', ['--version']).status !== 0 && 'no nvcc';
const root = new URL('../../../../', import.meta.url).pathname;
const examples = ['ttl', 'gpudev-swap'].map((name) => `${root}src/examples/${name}.cu`);
const H200 = 90;

const folder = new Folder();
const environment = { ...process.env };
before(() => {
  process.env.XDG_CACHE_HOME = folder.path;
});
after(() => {
  process.env = environment;
});

const swap = entry(macSwap, 'items');
const swapSource = swap.cuda as CudaSource;

/** A kernel from a user's file, as the `launch` method loads it. */
async function fromFile(file: string, name?: string) {
  const source = entry(await userKernel({ file, type: 'cu', name }, 128), 'items');
  return { name: source.name, cuda: source.cuda as CudaSource };
}

const asText = (image: Uint8Array) => Buffer.from(image).toString('latin1');

describe('without NVRTC', () => {
  before(() => {
    process.env.WARPLINE_NVRTC = 'none';
  });
  after(() => {
    delete process.env.WARPLINE_NVRTC;
  });

  it('the kernels of warpline are there as PTX, made from the source as it is (scripts/ptx)', async () => {
    assert.equal(builtInSources().length, 4 * ENTRY_KINDS.length + 2);
    for (const { name, cuda } of builtInSources()) {
      const { image, entry } = await compile(addon, name, cuda as CudaSource, H200);
      assert.equal(entry, cuda?.entry);
      assert.match(asText(image), new RegExp(`^\\.visible \\.entry ${entry}\\(`, 'm'));
      assert.equal(image.at(-1), 0);
    }
  });

  it('a kernel whose PTX is older than its source is refused, not run', async () => {
    const changed = { ...swapSource, source: `${swapSource.source}\n` };
    await assert.rejects(
      compile(addon, swap.name, changed, H200),
      coded('CUDA_COMPILER', /WARPLINE_NVRTC is "none", and the PTX .* older .* "scripts\/ptx"/),
    );
    assert.equal(typeof shippedPtx(swap.name, changed.source), 'string');
    assert.equal(readFileSync(ptxFile(swap.name), 'utf8').indexOf(ptxHead(swapSource.source)), 0);
  });

  it('a kernel of a user’s own needs it', async () => {
    const { name, cuda } = await fromFile(examples[0]);
    await assert.rejects(
      compile(addon, name, cuda, H200),
      coded('CUDA_COMPILER', /no PTX of it comes with warpline/),
    );
  });
});

describe('with NVRTC', { skip: noNvrtc !== '' && noNvrtc }, () => {
  it('makes a cubin for exactly the device, or PTX where it does not know it', async () => {
    const known = await compile(addon, swap.name, swapSource, H200);
    assert.deepEqual([...known.image.subarray(1, 4)], [...Buffer.from('ELF')]);
    const newer = await compile(addon, swap.name, swapSource, 999);
    assert.match(asText(newer.image), /\.visible \.entry warpline_items\(/);
    await assert.rejects(compile(addon, 'mine', swapSource, 10), coded('CUDA_COMPILER', /sm_10/));
  });

  it('compiles the examples: a packet function, and whole kernels by their C++ names', async () => {
    const ttl = await fromFile(examples[0]);
    assert.equal((await compile(addon, ttl.name, ttl.cuda, H200)).entry, 'warpline_items');
    for (const name of ['swap_item', 'swap_list']) {
      const { cuda } = await fromFile(examples[1], name);
      const { image, entry } = await compile(addon, name, cuda, H200);
      assert.match(entry, new RegExp(`^_Z\\d+${name}P`));
      assert.ok(asText(image).includes(`.text.${entry}\0`));
      assert.equal(cuda.threads, 128);
    }
  });

  it('knows a kernel by its C name, in a namespace, and of a template', async () => {
    const file = folder.file(
      `#include <rte_gpudev.h>
       extern "C" __global__ void plain(struct rte_gpu_comm_list *l) { l->num_pkts = 1; }
       namespace mine { __global__ void inside(rte_gpu_comm_list *l) { l->num_pkts = 2; } }
       template <int N> __global__ void many(rte_gpu_comm_list *l) { l->num_pkts = N; }`,
      'names.cu',
    );
    for (const [name, symbol] of [
      ['plain', 'plain'],
      ['mine::inside', '_ZN4mine6insideEP17rte_gpu_comm_list'],
      ['many<4>', '_Z4manyILi4EEvP17rte_gpu_comm_list'],
    ]) {
      const kernel = await fromFile(file, name);
      assert.equal((await compile(addon, kernel.name, kernel.cuda, H200)).entry, symbol);
    }
  });

  it('a packet function may include what it likes, the list’s header too', async () => {
    const file = folder.file(
      `#include <stdint.h>
       #include <cstdint>
       #include <stdio.h>
       #include <cuda_runtime.h>
       #include <rte_gpudev.h>
       #include <warpline/packet.cuh>
       __device__ void touch(std::uint8_t *packet, const uint32_t size)
       {
         if (size == RTE_GPU_COMM_LIST_PKTS_MAX) printf("%u", size);
         packet[0] = sizeof(struct rte_gpu_comm_list);
       }`,
      'includes.cu',
    );
    const { name, cuda } = await fromFile(file);
    assert.ok((await compile(addon, name, cuda, H200)).image.length > 0);
  });

  it('its messages name the user’s file and line, in both forms', async () => {
    for (const head of [
      '__device__ void f(uint8_t *packet, uint32_t size)',
      '#include <rte_gpudev.h>\n__global__ void f(rte_gpu_comm_list *list)',
    ]) {
      const text = `// one\n${head}\n{\n  wrong;\n}\n`;
      const line = text.split('\n').indexOf('  wrong;') + 1;
      const file = folder.file(text, 'mistake.cu');
      const { name, cuda } = await fromFile(file);
      const says = new RegExp(`${file}\\(${line}\\): error: .*"wrong"`);
      await assert.rejects(compile(addon, name, cuda, H200), coded('KERNEL_COMPILE', says));
    }
  });

  it('compiles again when a header beside the file has changed, and only then', async () => {
    const header = folder.file('#define VALUE 1\n', 'value.h');
    const file = folder.file(
      '#include "value.h"\n__device__ void f(uint8_t *packet, uint32_t size) { *packet = VALUE; }',
      'cached.cu',
    );
    let compiled = 0;
    const counting: Compiler = {
      ...addon,
      compile: (...given) => {
        compiled++;
        return addon.compile(...given);
      },
    };
    const { name, cuda } = await fromFile(file);
    const first = await compile(counting, name, cuda, H200);
    const again = await compile(counting, name, cuda, H200);
    assert.deepEqual([compiled, again.entry], [1, first.entry]);
    assert.deepEqual(Buffer.from(again.image), Buffer.from(first.image));
    writeFileSync(header, '#define VALUE 2\n');
    const changed = await compile(counting, name, cuda, H200);
    assert.equal(compiled, 2);
    assert.notDeepEqual(Buffer.from(changed.image), Buffer.from(first.image));
    const newer = { ...counting, compilerVersion: () => '99.0' };
    await compile(newer, name, cuda, H200);
    assert.equal(compiled, 3);
  });
});

const LAYOUT = `
#include <rte_gpudev.h>
#define AT(type, member, bytes) static_assert(offsetof(struct type, member) == bytes, "")
AT(rte_gpu_comm_list, mbufs, 8);
AT(rte_gpu_comm_list, pkt_list, 16);
AT(rte_gpu_comm_list, num_pkts, 24);
AT(rte_gpu_comm_list, status_h, 32);
AT(rte_gpu_comm_list, status_d, 40);
AT(rte_gpu_comm_pkt, size, 8);
AT(rte_gpu_comm_flag, ptr, 8);
AT(rte_gpu_comm_flag, mtype, 16);
static_assert(sizeof(struct rte_gpu_comm_list) == 48, "");
static_assert(sizeof(struct rte_gpu_comm_pkt) == 16, "");
static_assert(sizeof(struct rte_gpu_comm_flag) == 24, "");
static_assert(sizeof(enum rte_gpu_comm_list_status) == 4, "");
`;

describe('every CUDA source compiles with nvcc', { skip: noNvcc, concurrency: 2 }, () => {
  const architectures = [75, 90].flatMap((sm) => ['-gencode', `arch=compute_${sm},code=sm_${sm}`]);
  async function nvcc(file: string): Promise<void> {
    const options = ['-std=c++17', ...architectures, '-Werror', 'all-warnings', '-fatbin'];
    const output = `${folder.path}/${basename(file)}.fatbin`;
    const args = [...options, '-I', `${root}include`, '-o', output, file];
    const { status, stderr } = await run('nvcc', args);
    assert.equal(status, 0, stderr);
  }

  for (const { name, cuda } of builtInSources())
    it(name, () => nvcc(folder.file(cuda?.source as string, `${name.replace('/', '-')}.cu`)));
  for (const file of examples) it(basename(file), () => nvcc(file));
  it('the example’s packet function, wrapped', async () => {
    await nvcc(folder.file((await fromFile(examples[0])).cuda.source, 'wrapped.cu'));
  });
  it('the headers, with DPDK’s layout', () => nvcc(folder.file(LAYOUT, 'layout.cu')));
});
