import { threadId } from 'node:worker_threads';
import { fail, WarplineError } from '../errors.js';
import type { Address } from '../memory/native.js';
import {
  type DeviceCallback,
  DeviceCallbacks,
  DeviceEvent,
  ID_ANY,
  ID_NONE,
} from './device-events.js';
import type { AllocateOptions, Gpu, GpuHandle, GpuInfo, OpenOptions } from './driver.js';
import { type DeviceEntry, type DeviceSpec, driverNamed, findGpu, listGpus } from './drivers.js';
import { attempt, driverError, MemoryTable, refuse } from './memory.js';

/** `RTE_GPU_DEFAULT_MAX`: devices of a thread unless `Device.init` says otherwise. */
export const DEFAULT_MAX = 32;
/** `RTE_DEV_NAME_MAX_LEN` (rte_dev.h) holds the closing zero too. */
const NAME_BYTES = 63;
const ID_LIMIT = 32767;

/** `struct rte_gpu_info`, and what the driver tells beside it (`name` is the model there). */
export interface DeviceInfo extends GpuInfo {
  readonly id: number;
  /** The unique name: `software`, `cuda:0`, a child's own. */
  readonly device: string;
  /** The parent's id, ID_NONE where there is none. */
  readonly parent: number;
  /** The opaque context that `addChild` was given, 0 otherwise. */
  readonly context: number;
}

/** Survives `postMessage`: what another thread needs for `Device.attach`. */
export interface DeviceHandle {
  readonly id: number;
  readonly name: string;
  readonly parent: number;
  readonly context: number;
  /** Tells one opening of a GPU from every other in the process. */
  readonly key: string;
  readonly gpu: GpuHandle;
}

/** Host memory that belongs to a device: given back when the device closes. */
export interface Belonging {
  release(): void;
}

const devices: (Device | undefined)[] = [];
const callbacks = new DeviceCallbacks();
let limit = 0;
let openings = 0;

/**
 * A computing device, as in DPDK's gpudev: a GPU that was opened, or a child: a context within one.
 * Ids are small numbers, the lowest free one first, valid in the thread that opened or attached the
 * device. Management is for one thread at a time (rte_gpudev.h); data-plane calls go to `gpu`.
 * Errors carry DPDK's errno in `details.errno`; docs/gpudev.md lists them.
 */
export class Device {
  readonly info: DeviceInfo;
  readonly #memory: MemoryTable;
  readonly #belongings = new Set<Belonging>();
  #valid = true;

  private constructor(
    readonly gpu: Gpu,
    readonly handle: DeviceHandle,
    /** Whether this thread only attached it: data plane alone, as in a secondary process. */
    readonly attached: boolean,
  ) {
    const { id, name, parent, context } = handle;
    // Its getters stay getters: what takes a while to find out is found out when it is asked for.
    const told = Object.getOwnPropertyDescriptors(gpu.info);
    this.info = Object.defineProperties({ id, device: name, parent, context }, told) as DeviceInfo;
    this.#memory = new MemoryTable(gpu, name);
  }

  get id(): number {
    return this.handle.id;
  }

  get name(): string {
    return this.handle.name;
  }

  /** The GPUs of this machine, opened or not. */
  static list(): DeviceEntry[] {
    return listGpus();
  }

  /**
   * How many devices a thread may have (`rte_gpu_init`); DEFAULT_MAX where it is never called.
   * EINVAL: not 1 to 32767. EBUSY: called before, or a device is there already.
   */
  static init(max: number): void {
    if (!Number.isInteger(max) || max < 1 || max > ID_LIMIT)
      refuse('init', 'max', `${max} is not 1 to ${ID_LIMIT}`, 'EINVAL');
    if (limit !== 0) refuse('init', 'max', `it is settled at ${limit} already`, 'EBUSY');
    limit = max;
  }

  /**
   * Opens a GPU: `software`, `cuda:0`; without a spec the first there is. Each opening of
   * `software` is a GPU of its own. DEVICE_UNKNOWN names what there is.
   */
  static async open(spec?: DeviceSpec, options?: OpenOptions): Promise<Device> {
    const found = findGpu(spec);
    freeId();
    const gpu = await found.driver.open(found.index, options).catch((error) => {
      throw driverError(found.spec, 'open', error);
    });
    try {
      let name = found.spec;
      for (let n = 1; named(name) !== undefined; n++) name = `${found.spec}#${n}`;
      return Device.adopt(name, gpu);
    } catch (error) {
      await gpu.close();
      throw error;
    }
  }

  /**
   * Makes a device of a GPU that a driver outside the table has opened: what `rte_gpu_allocate` and
   * `rte_gpu_complete_new` are to DPDK's drivers. Closing the device closes the GPU.
   */
  static adopt(name: string, gpu: Gpu): Device {
    checkName('adopt', name);
    const key = `${threadId}-${openings++}`;
    return Device.#enter(
      new Device(
        gpu,
        { id: freeId(), name, parent: ID_NONE, context: 0, key, gpu: gpu.handle },
        false,
      ),
    );
  }

  /**
   * The same device in another thread, under the same id. EEXIST: the id is another device's here.
   * Attaching twice gives the same device; closing it here lets go of it, nothing more.
   */
  static async attach(handle: DeviceHandle): Promise<Device> {
    const known = () => {
      const here = devices[handle.id];
      if (here !== undefined && here.handle.key !== handle.key)
        deviceName('attach', handle.name, `id ${handle.id} is taken in this thread`, 'EEXIST');
      return here;
    };
    const same = devices.find((d) => d?.handle.key === handle.key);
    const gpu =
      known()?.gpu ?? same?.gpu ?? (await driverNamed(handle.gpu.driver).attach(handle.gpu));
    return known() ?? Device.#enter(new Device(gpu, handle, true));
  }

  /** The device of this id in this thread. ENODEV where there is none. */
  static get(id: number): Device {
    return devices[id] ?? invalid(id);
  }

  static isValid(id: number): boolean {
    return devices[id] !== undefined;
  }

  static countAvailable(): number {
    return devices.filter((d) => d !== undefined).length;
  }

  /** The lowest valid id from `id` on, with that parent (ID_ANY: or none); ID_NONE at the end. */
  static findNext(id: number, parent: number = ID_ANY): number {
    for (let next = Math.max(id, 0); next < devices.length; next++) {
      const device = devices[next];
      if (device !== undefined && (parent === ID_ANY || device.info.parent === parent)) return next;
    }
    return ID_NONE;
  }

  /** `RTE_GPU_FOREACH` (ID_ANY), `_PARENT` (ID_NONE) and `_CHILD` (an id). */
  static *each(parent: number = ID_ANY): Generator<Device, void, void> {
    for (let id = Device.findNext(0, parent); id >= 0; id = Device.findNext(id + 1, parent))
      yield Device.get(id);
  }

  /**
   * Calls back on an event of one device or, with ID_ANY, of all, those to come included. The same
   * callback with the same data is registered once. ENODEV, EINVAL as in DPDK.
   */
  static registerCallback(
    id: number,
    event: DeviceEvent,
    callback: DeviceCallback,
    userData?: unknown,
  ): void {
    if (id !== ID_ANY && !Device.isValid(id)) invalid(id);
    callbacks.add(id, event, callback, userData);
  }

  /** The reverse, for one device or for all; ANY_DATA stands for whatever user data. */
  static unregisterCallback(
    id: number,
    event: DeviceEvent,
    callback: DeviceCallback,
    userData?: unknown,
  ): void {
    if (id !== ID_ANY && !Device.isValid(id)) invalid(id);
    callbacks.remove(id, event, callback, userData);
  }

  /**
   * A child: a device of its own id and name over the same GPU, with memory of its own that goes
   * when it closes. `context` is the caller's, kept as it is. EINVAL, ENAMETOOLONG, EEXIST: the
   * name. ENOENT: too many devices.
   */
  addChild(name: string, context = 0): Device {
    this.#control('addChild');
    checkName('addChild', name);
    if (!Number.isSafeInteger(context) || context < 0)
      refuse('addChild', 'context', `${context} is not an integer from 0 to 2^53 - 1`, 'EINVAL');
    const { key, gpu } = this.handle;
    const handle = { id: freeId(), name, parent: this.id, context, key, gpu };
    return Device.#enter(new Device(this.gpu, handle, false));
  }

  /**
   * Device memory, zeroed: a multiple of `align`, a power of two, or 0. NULL for 0 bytes. What is to
   * be mapped for the CPU is asked for as `mappable`; ENOTSUP where the GPU has none such.
   */
  allocate(bytes: number, align = 0, options: AllocateOptions = {}): Address {
    this.#control('allocate');
    return this.#memory.allocate(bytes, align, options);
  }

  /** EPERM for what `allocate` did not give out, or what is still CPU-mapped. NULL does nothing. */
  free(address: Address): void {
    this.#control('free');
    this.#memory.free(address);
  }

  /** Lets kernels reach host memory, at the address it returns. */
  register(address: Address, bytes: number): Address {
    this.#control('register');
    return this.#memory.register(address, bytes);
  }

  unregister(address: Address): void {
    this.#control('unregister');
    this.#memory.unregister(address);
  }

  /** The CPU's address of memory allocated as `mappable`. ENOTSUP: the GPU cannot, or it was not. */
  cpuMap(address: Address, bytes: number): Address {
    this.#control('cpuMap');
    return this.#memory.cpuMap(address, bytes);
  }

  /** `address` is the device's, as in the header, not what `cpuMap` returned. */
  cpuUnmap(address: Address): void {
    this.#control('cpuUnmap');
    this.#memory.cpuUnmap(address);
  }

  /** Earlier CPU writes to device memory become visible before later ones; from any thread. */
  writeBarrier(): void {
    if (!this.#valid) invalid(this.id);
    this.gpu.writeBarrier();
  }

  /** Ties host memory to the device's life (CommFlag, CommList). */
  own(belonging: Belonging): void {
    this.#belongings.add(belonging);
  }

  disown(belonging: Belonging): void {
    this.#belongings.delete(belonging);
  }

  /**
   * Children first, tells DEL, ends what runs on the GPU and gives everything back, even when a
   * driver call or a callback fails on the way: the first failure is thrown at the end. GPU_STUCK:
   * a kernel runs on, and keeps the host memory it may touch until the process ends.
   */
  async close(): Promise<void> {
    if (!this.#valid) invalid(this.id);
    const leaving = [...this.#descendants(), this];
    const failures: unknown[] = [];
    for (const device of leaving) attempt(failures, () => device.#leave());
    if (!this.attached) {
      if (this.info.parent === ID_NONE) await this.#closeGpu(failures);
      else for (const d of leaving) d.#memory.releaseAll(failures);
      // Only now does nothing on the GPU look at the host memory any more.
      const stuck = failures.some((e) => e instanceof WarplineError && e.code === 'GPU_STUCK');
      for (const d of stuck ? [] : leaving)
        for (const it of d.#belongings) attempt(failures, () => it.release());
    }
    if (failures.length > 0) throw failures[0];
  }

  async #closeGpu(failures: unknown[]): Promise<void> {
    await this.gpu.close().catch((e) => failures.push(driverError(this.name, 'close', e)));
  }

  #descendants(): Device[] {
    return [...Device.each(this.id)].flatMap((child) => [...child.#descendants(), child]);
  }

  static #enter(device: Device): Device {
    devices[device.id] = device;
    callbacks.opened(device.id);
    try {
      callbacks.notify(device.id, DeviceEvent.NEW);
    } catch (error) {
      device.#forget();
      throw error;
    }
    return device;
  }

  #leave(): void {
    try {
      callbacks.notify(this.id, DeviceEvent.DEL);
    } finally {
      this.#forget();
    }
  }

  #forget(): void {
    this.#valid = false;
    devices[this.id] = undefined;
    callbacks.closed(this.id);
  }

  #control(call: string): void {
    if (!this.#valid) invalid(this.id);
    if (this.attached)
      fail('ATTACHED_ONLY', { call, object: `device ${this.name}`, errno: 'EPERM' });
  }
}

function invalid(id: number): never {
  fail('DEVICE_INVALID', { device: id, errno: 'ENODEV' });
}

function named(name: string): Device | undefined {
  return devices.find((d) => d?.name === name);
}

function checkName(call: string, name: string): void {
  const bytes = Buffer.byteLength(name);
  if (bytes === 0) deviceName(call, name, 'it is empty', 'EINVAL');
  if (bytes > NAME_BYTES) deviceName(call, name, `it has ${bytes} bytes`, 'ENAMETOOLONG');
  if (named(name) !== undefined) deviceName(call, name, 'another device has it', 'EEXIST');
}

function deviceName(call: string, name: string, reason: string, errno: string): never {
  fail('DEVICE_NAME', { call, name, reason, errno });
}

/** The first device settles how many there may be. */
function freeId(): number {
  limit ||= DEFAULT_MAX;
  for (let id = 0; id < limit; id++) if (devices[id] === undefined) return id;
  fail('DEVICE_LIMIT', { limit, errno: 'ENOENT' });
}
