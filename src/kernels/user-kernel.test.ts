import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { Folder } from '../testing/capture-folder.js';
import { CHECKOUT } from '../testing/command-line.js';
import { coded } from '../testing/test-gpu.js';
import { cubinKernels, plainName, ptxKernels } from './image-kernels.js';
import { entry } from './kernel.js';
import { type KernelFile, parseKernelFile } from './kernel-file.js';
import { outlined, userKernel } from './user-kernel.js';

const folder = new Folder();
const SWAP = `${CHECKOUT}src/examples/gpudev-swap.cu`;
const TTL = `${CHECKOUT}src/examples/ttl.cu`;
const PTX = folder.file('.visible .entry one(\n\t.param .u64 one_param_0\n)\n{\n}\n', 'one.ptx');
const noNvcc = spawnSync('nvcc', ['--version']).status !== 0 && 'no nvcc';

const load = (text: string) => userKernel(parseKernelFile(text) as KernelFile, 256);

describe('--kernel FILE[:NAME]', () => {
  it('is taken apart at the colon behind the file’s ending', () => {
    const taken = (text: string) => {
      const { file, type, name } = parseKernelFile(text) ?? { file: '' };
      return [file, type, name];
    };
    assert.deepEqual(taken('a.cu'), ['a.cu', 'cu', undefined]);
    assert.deepEqual(taken('/x/a.cu:ns::swap<4>'), ['/x/a.cu', 'cu', 'ns::swap<4>']);
    assert.deepEqual(taken('old.cu/b:c.ptx:k'), ['old.cu/b:c.ptx', 'ptx', 'k']);
    assert.deepEqual(taken('a.cubin'), ['a.cubin', 'cubin', undefined]);
    assert.deepEqual(taken('a.mjs:f'), ['a.mjs', 'js', 'f']);
    for (const text of ['', 'a', 'a.c', '.cu', 'a.cu:', 'a.cuh', 'swap:a.cl'])
      assert.equal(parseKernelFile(text), undefined, text);
  });

  it('CUDA C++: the form is told from the source, the name from the one there is', async () => {
    const ttl = await load(TTL);
    assert.deepEqual([ttl.name, ttl.form, ttl.cuda?.file], ['decrement_ttl', 'packet', TTL]);
    const { cuda, software } = entry(ttl, 'items');
    assert.deepEqual(
      [cuda?.entry, cuda?.mangled, software],
      ['warpline_items', undefined, undefined],
    );
    const swap = await load(`${SWAP}:swap_list`);
    assert.deepEqual([swap.name, swap.form, swap.threads], ['swap_list', 'item', 256]);
    const whole = entry(swap, 'persistent');
    assert.deepEqual(whole.name, 'swap_list');
    assert.deepEqual([whole.cuda?.entry, whole.cuda?.mangled], ['swap_list', true]);
    assert.equal(whole.cuda?.source, readFileSync(SWAP, 'utf8'));
  });

  it('PTX: a whole kernel by its symbol or its plain name', async () => {
    const { form, name, cudaImage } = await load(PTX);
    assert.deepEqual([form, name, cudaImage?.name], ['item', 'one', 'one']);
    assert.deepEqual([...(cudaImage?.image.subarray(-2) ?? [])], [10, 0]);
    const text = `.visible .entry _Z4swapP4list(\n .param .u64 p_0\n){}
      .entry small(.param .u32 n){}  // .entry no(.param .u64 p)
      .func helper(.param .b64 p){}
      .visible .entry plain(.param .u64 .ptr .align 8 p, .param .u32 n)\n.maxntid 256\n{}
      .visible .entry none()\n{}
      .entry many(.param .u64 a, .param .u64 b, .param .u64 c, .param .u64 d)\n{}`;
    assert.deepEqual(ptxKernels(text), ['_Z4swapP4list', 'plain']);
    const file = folder.file(text, 'two.ptx');
    const swap = await load(`${file}:swap`);
    assert.deepEqual([swap.name, swap.cudaImage?.name], ['swap', '_Z4swapP4list']);
  });

  it('a cubin of nvcc’s', { skip: noNvcc }, async () => {
    const file = `${folder.path}/swap.cubin`;
    const options = ['-std=c++17', '-arch=sm_90', '-cubin', '-I', `${CHECKOUT}include`];
    const done = spawnSync('nvcc', [...options, '-o', file, SWAP]);
    assert.equal(done.status, 0, String(done.stderr));
    const bytes = readFileSync(file);
    const names = cubinKernels(bytes)?.map(plainName).sort();
    assert.deepEqual(names, ['swap_item', 'swap_list']);
    const { form, cudaImage } = await load(`${file}:swap_item`);
    assert.deepEqual([form, cudaImage?.name], ['item', '_Z9swap_itemP17rte_gpu_comm_list']);
    assert.deepEqual(cudaImage?.image, bytes);
    for (const length of [0, 5, 30, 64, bytes.length - 1])
      assert.equal(cubinKernels(bytes.subarray(0, length)), undefined, `${length} bytes`);
    assert.equal(cubinKernels(readFileSync(process.execPath).subarray(0, 4096)), undefined);
  });

  it('symbols by the names their source has', () => {
    for (const [symbol, name] of [
      ['swap', 'swap'],
      ['_Z4swapPv', 'swap'],
      ['_ZN2ns4swapEPv', 'ns::swap'],
      ['_Z4manyILi4EEvPv', 'many'],
      ['_Zoo', '_Zoo'],
    ])
      assert.equal(plainName(symbol), name);
  });

  it('JavaScript: an exported packet function, for the software device', async () => {
    const file = folder.file('export const one = 1; export function mine() {}', 'mine.mjs');
    const { form, software, cuda } = await load(file);
    assert.deepEqual([form, software?.export, cuda], ['packet', 'mine', undefined]);
    assert.equal(entry(await load(file), 'items').software?.wraps?.export, 'mine');
  });

  it('lcores get it as plain data', async () => {
    const { declared } = await load(SWAP.concat(':swap_item'));
    const { module, export: name, of } = structuredClone(declared);
    const again = (await import(module))[name](of) as ReturnType<typeof outlined>;
    assert.deepEqual([again.name, again.form, again.headBytes], ['swap_item', 'item', 0]);
    assert.equal((await import(module))[name], outlined);
  });
});

describe('what is wrong with a kernel is said in one line', () => {
  const wrong = folder.file('__device__ int f(int n) { return n; }', 'wrong.cu');
  const cases: [string, Parameters<typeof coded>[0], RegExp][] = [
    ['nowhere.cu', 'KERNEL_FILE', /nowhere\.cu: no such file or directory/],
    ['nowhere.mjs', 'KERNEL_FILE', /nowhere\.mjs: no such file/],
    [`${TTL}:none`, 'KERNEL_NAME', /has no none; it has: decrement_ttl\./],
    [SWAP, 'KERNEL_CHOICE', /swap_item, swap_list\. .*gpudev-swap\.cu:swap_item\.$/],
    [
      `${SWAP}:swap_macs`,
      'KERNEL_SIGNATURE',
      /swap_macs .* __device__ function of \(struct rte_gpu/,
    ],
    [wrong, 'KERNEL_NONE', /functions for the GPU: f\./],
    [`${wrong}:f`, 'KERNEL_SIGNATURE', /f in .*wrong\.cu cannot be a kernel: it returns int/],
    [folder.file('', 'empty.cu'), 'KERNEL_NONE', /for the GPU: none\./],
    [folder.file('.version 9.0', 'empty.ptx'), 'KERNEL_NONE', /empty\.ptx/],
    [`${PTX}:swap`, 'KERNEL_NAME', /has no swap; it has: one\./],
    [folder.file('not ELF', 'text.cubin'), 'KERNEL_FILE', /it is no cubin/],
    [folder.file('export {', 'syntax.mjs'), 'KERNEL_FILE', /syntax\.mjs: /],
    [folder.file('export const n = 1', 'none.mjs'), 'KERNEL_NONE', /none\.mjs/],
  ];
  for (const [given, code, says] of cases)
    it(`${code}: ${given.split('/').at(-1)}`, async () => {
      await assert.rejects(load(given), coded(code, says));
    });
});
