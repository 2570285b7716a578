import { fail } from '../errors.js';
import { type HostMemory, storeAddress, type Window, windowAt } from '../memory/memory.js';
import type { Address } from '../memory/native.js';
import type { Device } from './device.js';
import { allocateHost, refuse } from './memory.js';

/** `enum rte_gpu_comm_flag_type`: where a flag's word lies. DPDK knows one place. */
export const FlagType = { CPU: 0 } as const;
export type FlagType = (typeof FlagType)[keyof typeof FlagType];

/** Survives `postMessage`: what another thread needs for `CommFlag.attach`. */
export interface CommFlagShare {
  readonly address: Address;
  readonly bytes: number;
  readonly deviceAddress: Address;
}

/** The word has a cache line to itself: polling it disturbs nobody. */
const WORD = 64;

/**
 * A word by which CPU threads and device work tell each other something: host memory registered
 * with the device. The memory starts with DPDK's description of it:
 *
 *     struct rte_gpu_comm_flag   dev_id u16 @0 │ ptr u32* @8 │ mtype u32 @16     24 bytes
 *     the word                   u32 @64
 */
export class CommFlag {
  /** Address of the struct, CPU side; `ptr` in it is `wordAddress`. */
  readonly address: Address;
  /** The word as the CPU sees it. */
  readonly wordAddress: Address;
  /** The word as kernels, waitValue and writeValue see it. */
  readonly deviceAddress: Address;
  readonly #window: Window;
  #destroyed = false;

  private constructor(
    readonly share: CommFlagShare,
    readonly device?: Device,
    private readonly memory?: HostMemory,
  ) {
    this.address = share.address;
    this.wordAddress = share.address + WORD;
    this.deviceAddress = share.deviceAddress;
    this.#window = windowAt(share.address, share.bytes);
  }

  /** A flag of value 0. EINVAL: an unknown type. ENODEV, ENOMEM, EPERM as registering memory. */
  static create(device: Device, type: FlagType = FlagType.CPU): CommFlag {
    if (type !== FlagType.CPU) refuse('CommFlag.create', 'type', `${type} is none`, 'EINVAL');
    const memory = allocateHost(WORD + 4);
    let seen: Address;
    try {
      seen = device.register(memory.address, memory.bytes);
    } catch (error) {
      memory.release();
      throw error;
    }
    const share = { address: memory.address, bytes: memory.bytes, deviceAddress: seen + WORD };
    const flag = new CommFlag(share, device, memory);
    flag.#window.u16[0] = device.id;
    storeAddress(flag.#window.u32, 8 / 4, flag.wordAddress);
    flag.#window.u32[16 / 4] = type;
    device.own(flag);
    return flag;
  }

  /** The same flag in another thread. */
  static attach(share: CommFlagShare): CommFlag {
    return new CommFlag(share);
  }

  /** EINVAL: destroyed, or a value that is no 32-bit number without sign. */
  set(value: number): void {
    this.#alive('set');
    if (value >>> 0 !== value)
      refuse('CommFlag.set', 'value', `${value} is not 0 to 2^32 - 1`, 'EINVAL');
    Atomics.store(this.#window.u32, WORD / 4, value);
  }

  /** EINVAL: destroyed. */
  get(): number {
    this.#alive('get');
    return Atomics.load(this.#window.u32, WORD / 4);
  }

  /** EPERM in a thread that only attached it; EINVAL a second time. */
  destroy(): void {
    this.#alive('destroy');
    const { device } = this;
    if (device === undefined)
      fail('ATTACHED_ONLY', { call: 'CommFlag.destroy', object: 'the flag', errno: 'EPERM' });
    device.unregister(this.address);
    device.disown(this);
    this.release();
  }

  /** For the device's own closing: the memory alone. */
  release(): void {
    this.#destroyed = true;
    this.memory?.release();
  }

  #alive(call: string): void {
    if (this.#destroyed) fail('COMM_DESTROYED', { call: `CommFlag.${call}`, errno: 'EINVAL' });
  }
}
