/**
 * warpline's public API. DPDK's nouns (Eal, Port, Mempool), gpudev's (Device, CommList, CommFlag),
 * packet kernels, and the l2fwd application as a function.
 */
export type { L2fwdOptions, MemoryKind, MethodName } from './apps/l2fwd/options.js';
export type { L2fwdResult, L2fwdSnapshot, Latency } from './apps/l2fwd/result.js';
export { type RunControl, type RunHooks, runL2fwd } from './apps/l2fwd/run.js';
export { type CaptureInfo, readFrames, scanCapture } from './capture/capture.js';
export { Eal, type EalOptions } from './dpdk/eal.js';
export { Mempool, type MempoolOptions } from './dpdk/mempool.js';
export { PacketBurst } from './dpdk/packet-burst.js';
export { Port, type PortInfo, type PortLink, type PortStats } from './dpdk/port.js';
export { Turn } from './dpdk/turn.js';
export { catalogue, type ErrorCode, WarplineError } from './errors.js';
export { CommFlag } from './gpudev/comm-flag.js';
export { CommList, type CommListOptions, MAX_PACKETS, Status } from './gpudev/comm-list.js';
export { Device, type DeviceHandle, type DeviceInfo } from './gpudev/device.js';
export type { Gpu, GpuDriver, GpuFault, GpuInfo, KernelSource } from './gpudev/driver.js';
export { Compare } from './gpudev/driver.js';
export type { Block, SoftwareKernel } from './gpudev/drivers/software/block.js';
export { type Burst, type BurstFunction, entry, type Kernel } from './kernels/kernel.js';
export { macSwap, swapMacs } from './kernels/mac-swap.js';
export { Lcore, type LcoreSpec } from './lcore/lcore.js';
export { HostMemory, Window } from './memory/memory.js';
export { version } from './version.js';
