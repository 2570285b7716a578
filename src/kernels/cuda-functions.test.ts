import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { cudaFunctions, formOf } from './cuda-functions.js';

/** Each function's name with its form, or `no`. */
function forms(source: string): string[] {
  return cudaFunctions(source).map((one) => {
    const verdict = formOf(one);
    return `${one.name} ${'form' in verdict ? verdict.form : 'no'}`;
  });
}

describe('functions of a CUDA source', () => {
  it('that are packet functions, in the ways people write them', () => {
    for (const head of [
      '__device__ void f(uint8_t *packet, uint32_t size)',
      'extern "C" __device__ void f(uint8_t* packet,uint32_t size)',
      'static __device__ __forceinline__ void f(unsigned char *p, const unsigned int n)',
      '__device__ __noinline__ static inline void\nf(std::uint8_t *__restrict__ packet,\n\tunsigned)',
      '__forceinline__ __device__ void f(uint8_t * /* where */ packet, uint32_t) noexcept',
      '__host__ __device__ void f(uint8_t *, uint32_t)',
    ])
      assert.deepEqual(forms(`${head}\n{\n}\n`), ['f packet'], head);
  });

  it('that are whole kernels', () => {
    for (const head of [
      '__global__ void k(struct rte_gpu_comm_list *list)',
      'extern "C" __global__ void __launch_bounds__(256, 2) k(rte_gpu_comm_list *list, int n)',
      '__launch_bounds__(2 * (64 + 64)) __global__ void k(const rte_gpu_comm_list* __restrict__ l)',
      'template <int N>\n__global__ void\nk(struct rte_gpu_comm_list *list, volatile uint32_t *e)',
      '__attribute__((used)) __global__ void k(struct rte_gpu_comm_list *)',
    ])
      assert.deepEqual(forms(`${head} { list->n(); }`), ['k item'], head);
  });

  it('that are neither, and why', () => {
    for (const [head, reason] of [
      ['__device__ int f(uint8_t *packet, uint32_t size)', /returns int/],
      ['__device__ void f(uint8_t *packet)', /__device__ function of \(uint8_t \*packet\)/],
      ['__device__ void f(uint8_t *packet, uint64_t size)', /uint64_t size/],
      ['__device__ void f(const uint8_t *packet, uint32_t size)', /const uint8_t/],
      ['__device__ void f(uint8_t *packet, uint32_t size, int more)', /int more/],
      ['__device__ void f(struct rte_gpu_comm_list *list)', /__device__ function/],
      ['__global__ void f(uint8_t *packet, uint32_t size)', /__global__ function/],
      ['__global__ void f()', /of \(\)/],
      ['__global__ void f(rte_gpu_comm_list *l, int a, int b, int c)', /4 arguments, where .* 3/],
    ] as const) {
      const [one, ...more] = cudaFunctions(`${head} {}`);
      assert.equal(more.length, 0);
      const verdict = formOf(one);
      assert.ok('reason' in verdict, head);
      assert.match(verdict.reason, reason);
    }
  });

  it('nothing that is only declared, commented out, quoted, or a variable', () => {
    const source = `
      __device__ void declared(uint8_t *packet, uint32_t size);
      // __device__ void line(uint8_t *packet, uint32_t size) {}
      /* __device__ void block(uint8_t *packet, uint32_t size) {} */
      const char *text = "__device__ void quoted(uint8_t *packet, uint32_t size) {}";
      __device__ int table[4] = { 1, 2, 3, 4 };
      __device__ unsigned counter;
      __constant__ int half = 2;
      void host(uint8_t *packet, uint32_t size) {}
      __device__ void real(uint8_t *packet, uint32_t size) { if (size) declared(packet, size); }`;
    assert.deepEqual(forms(source), ['real packet']);
  });

  it('in order, the helpers among them', () => {
    const source = `
      static __device__ int helper(int n) { return n; }
      __device__ void first(uint8_t *p, uint32_t n) { helper((int)n); }
      __global__ void second(struct rte_gpu_comm_list *l) { l->num_pkts = helper(1); }
      extern "C" { __global__ void third(struct rte_gpu_comm_list *l) {} }`;
    assert.deepEqual(forms(source), ['helper no', 'first packet', 'second item', 'third item']);
  });
});
