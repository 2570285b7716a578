import { HEADROOM } from '../../dpdk/mempool.js';
import type { CommList } from '../../gpudev/comm-list.js';
import type { Device } from '../../gpudev/device.js';
import { HostMemory, roundUp } from '../../memory/memory.js';
import { type StagingShare, stagingLines, stagingRing } from '../../methods/staging.js';
import type { Plan } from './plan.js';

/**
 * What one path needs to stage its packets: pinned host memory and device memory of the same layout,
 * and a stream for each direction, all made before anything runs on the device. It goes with the
 * device. The errors are those of allocating, registering and creating streams.
 */
export function stagingFor(device: Device, { items, packets: burst }: CommList, plan: Plan) {
  const frameBytes = roundUp(plan.frameBytes + HEADROOM, 64);
  // No more packets can be under way than there are mbufs, but for an item that is partly sent.
  const packets = Math.min(items * burst, plan.mbufs + burst);
  const ringBytes = stagingRing(packets, burst, frameBytes);
  const memory = new HostMemory(stagingLines(items) + ringBytes);
  device.own(memory);
  const share: StagingShare = {
    host: memory.address,
    hostSeen: device.register(memory.address, memory.bytes),
    device: device.allocate(ringBytes, device.info.pageSize),
    ringBytes,
    itemBytes: burst * frameBytes,
    inbound: device.gpu.createStream(),
    outbound: device.gpu.createStream(),
  };
  return share;
}
