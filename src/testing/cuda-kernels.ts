import type { KernelSource } from '../gpudev/driver.js';

/** CUDA kernels for the tests of the driver. Addresses are of 32-bit words. */
const KERNELS = {
  /** args: word, n. Adds n, once a thread. */
  add: `(unsigned *word, unsigned long n) { atomicAdd_system(word, (unsigned)n); }`,
  /** args: question, answer. Doubles the one into the other once it is not 0. */
  answer: `(volatile unsigned *question, volatile unsigned *reply)
{
  if (threadIdx.x != 0) return;
  unsigned asked;
  while ((asked = *question) == 0);
  *reply = 2 * asked;
}`,
  /** args: words, factor, n. Word of the block's number becomes itself times factor plus n. */
  scale: `(unsigned *words, unsigned long factor, unsigned long n)
{
  if (threadIdx.x == 0) words[blockIdx.x] = words[blockIdx.x] * (unsigned)factor + (unsigned)n;
}`,
  /** args: eight numbers, the first an address: stores them there. */
  keep: `(unsigned long *to, long a, long b, long c, long d, long e, long f, long g)
{
  const long all[] = { (long)to, a, b, c, d, e, f, g };
  if (threadIdx.x < 8) to[threadIdx.x] = all[threadIdx.x];
}`,
  /** args: address. Touches one word there. */
  touch: `(unsigned *word) { *word = 1; }`,
  /** Fails. */
  trap: `() { asm("trap;"); }`,
} as const;

export function cudaKernel(name: keyof typeof KERNELS, threads = 32): KernelSource {
  const source = `extern "C" __global__ void ${name}${KERNELS[name]}\n`;
  return { name, cuda: { source, entry: name, threads } };
}
