import { Mempool } from '../../dpdk/mempool.js';
import { fail } from '../../errors.js';
import type { Device } from '../../gpudev/device.js';
import type { Address } from '../../memory/native.js';
import type { MemoryKind } from './options.js';
import type { Plan } from './plan.js';

/**
 * The mempool of a run in the memory kind asked for (DESIGN §4), known to the device. A frame has
 * two addresses: the port's driver writes through the CPU's, the kernel reads the device's; `delta`
 * is what leads from the first to the second.
 *
 *   host   buffers beside their mbufs, registered with the device      delta 0, as CUDA has it too
 *   gpu    buffers in device memory, mbufs in host memory              delta = device - CPU mapping
 *          where the CPU cannot map it, mbufs carry device addresses   delta 0, `cpuReaches` false
 */
export class PacketMemory {
  private constructor(
    readonly pool: Mempool,
    readonly delta: number,
    /** Whether the CPU may look into packets: without it only some ports work (blind-port.ts). */
    readonly cpuReaches = true,
  ) {}

  static create(kind: MemoryKind, device: Device, plan: Plan): PacketMemory {
    if (kind === 'host') return PacketMemory.host(device, plan);
    if (kind === 'gpu') return PacketMemory.onDevice(device, plan);
    const reason = 'its driver does not offer that yet';
    const kinds = 'host, gpu';
    return fail('MEMORY_UNSUPPORTED', { device: device.name, memory: kind, kinds, reason });
  }

  private static host(device: Device, { mbufs, frameBytes }: Plan): PacketMemory {
    const pool = Mempool.create({ name: 'packets', mbufs, frameBytes });
    const { address, bytes } = pool.span;
    const seen = device.register(address, bytes);
    return new PacketMemory(pool, seen - address);
  }

  private static onDevice(device: Device, { mbufs, frameBytes }: Plan): PacketMemory {
    const bytes = Mempool.bufferBytes(mbufs, frameBytes);
    const inside: Address = device.allocate(bytes, device.info.pageSize);
    const mapped = device.info.cpuMappable;
    const address = mapped ? device.cpuMap(inside, bytes) : inside;
    const pool = Mempool.create({
      name: 'packets',
      mbufs,
      frameBytes,
      buffers: { address, bytes },
    });
    return new PacketMemory(pool, inside - address, mapped);
  }

  /** The ports must be closed, and the device: it gives back what it was lent. */
  close(): void {
    this.pool.free();
  }
}
