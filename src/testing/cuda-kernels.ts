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
  /**
   * args: flag, words, n, rounds, reply. In round r waits until flag is r, adds up the words, stores
   * the sum behind reply and then r in it. Ends when flag is all ones.
   */
  sums: `(unsigned *flag, const unsigned *words, unsigned long n, unsigned long rounds,
                      unsigned *reply)
{
  if (threadIdx.x != 0) return;
  for (unsigned round = 1; round <= rounds; round++) {
    unsigned seen, sum = 0;
    do
      asm volatile("ld.acquire.sys.u32 %0, [%1];" : "=r"(seen) : "l"(flag) : "memory");
    while (seen != round && ~seen != 0);
    if (seen != round) return;
    for (unsigned i = 0; i < n; i++) sum += words[i];
    reply[1] = sum;
    asm volatile("st.release.sys.u32 [%0], %1;" :: "l"(reply), "r"(round) : "memory");
  }
}`,
  /** Fails. */
  trap: `() { asm("trap;"); }`,
} as const;

export function cudaKernel(name: keyof typeof KERNELS, threads = 32): KernelSource {
  const source = `extern "C" __global__ void ${name}${KERNELS[name]}\n`;
  return { name, cuda: { source, entry: name, threads } };
}
