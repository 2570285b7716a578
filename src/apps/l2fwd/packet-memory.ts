import { Mempool } from '../../dpdk/mempool.js';
import type { Device } from '../../gpudev/device.js';
import type { Address } from '../../memory/native.js';
import type { MemoryKind } from './options.js';
import type { Plan } from './plan.js';

/**
 * What the CPU may do with packets: `write` is memory across the bus, which it reads a thousand
 * times slower than it writes it (blind-port.ts says who works with less than `full`, and for whom
 * unload-memory.ts has copies in host memory).
 */
export type CpuAccess = 'full' | 'write' | 'none';

/**
 * The mempool of a run in the memory kind asked for (DESIGN §4), known to the device. A frame has
 * two addresses: the port's driver writes through the CPU's, the kernel reads the device's; `delta`
 * is what leads from the first to the second.
 *
 *   host        buffers beside their mbufs, registered with the device
 *               delta 0, as CUDA has it too; the CPU's access is full
 *   gpu         buffers in device memory, mbufs in host memory with device addresses
 *               delta 0, no access; with an integrated device the same as gpu-mapped
 *   gpu-mapped  buffers in device memory that the CPU has mapped
 *               delta = device - mapping; access to write, full with an integrated device
 *   staged      buffers beside their mbufs, unknown to the device: it is given copies
 *               (staging-memory.ts); delta does not matter; the CPU's access is full
 */
export class PacketMemory {
  private constructor(
    readonly pool: Mempool,
    readonly delta: number,
    readonly access: CpuAccess = 'full',
    /** Whether frames lie in the device's memory: then it is the device that looks at them. */
    readonly onDevice = false,
  ) {}

  static create(kind: MemoryKind, device: Device, plan: Plan): PacketMemory {
    if (kind === 'host') return PacketMemory.host(device, plan);
    if (kind === 'gpu-mapped' || (kind === 'gpu' && device.info.integrated))
      return PacketMemory.mapped(device, plan);
    if (kind === 'gpu') return PacketMemory.onDevice(device, plan);
    return new PacketMemory(PacketMemory.hostPool(plan), 0);
  }

  private static hostPool({ mbufs, frameBytes, lifo }: Plan): Mempool {
    return Mempool.create({ name: 'packets', mbufs, frameBytes, lifo });
  }

  private static host(device: Device, plan: Plan): PacketMemory {
    const pool = PacketMemory.hostPool(plan);
    const { address, bytes } = pool.span;
    const seen = device.register(address, bytes);
    return new PacketMemory(pool, seen - address);
  }

  private static onDevice(device: Device, plan: Plan): PacketMemory {
    const bytes = Mempool.bufferBytes(plan.mbufs, plan.frameBytes);
    const address = device.allocate(bytes, device.info.pageSize);
    return new PacketMemory(poolIn(plan, address, bytes), 0, 'none', true);
  }

  /** Error: CPU_MAPPING where the device has no such memory. */
  private static mapped(device: Device, plan: Plan): PacketMemory {
    const bytes = Mempool.bufferBytes(plan.mbufs, plan.frameBytes);
    const inside = device.allocate(bytes, device.info.pageSize, { mappable: true });
    const address = device.cpuMap(inside, bytes);
    const access = device.info.integrated ? 'full' : 'write';
    return new PacketMemory(poolIn(plan, address, bytes), inside - address, access, true);
  }

  /** The ports must be closed, and the device: it gives back what it was lent. */
  close(): void {
    this.pool.free();
  }
}

/** A pool whose buffers are that memory; the ports' drivers write through these addresses. */
function poolIn({ mbufs, frameBytes }: Plan, address: Address, bytes: number): Mempool {
  return Mempool.create({ name: 'packets', mbufs, frameBytes, buffers: { address, bytes } });
}
