import { fail } from '../errors.js';

/** `enum rte_gpu_event`: a device became valid; a device is about to be released. */
export const DeviceEvent = { NEW: 0, DEL: 1 } as const;
export type DeviceEvent = (typeof DeviceEvent)[keyof typeof DeviceEvent];

/** No device, or no parent: `RTE_GPU_ID_NONE`. */
export const ID_NONE = -1;
/** Every device, or any parent: `RTE_GPU_ID_ANY`. */
export const ID_ANY = -32768;
/** Whatever was given as user data: `RTE_GPU_CALLBACK_ANY_DATA`. */
export const ANY_DATA: unique symbol = Symbol('any user data');

/** `rte_gpu_callback_t`. */
export type DeviceCallback = (id: number, event: DeviceEvent, userData: unknown) => void;

interface Entry {
  readonly event: DeviceEvent;
  readonly callback: DeviceCallback;
  readonly userData: unknown;
}

/**
 * Who wants to hear what of which device. As in DPDK each device has a list of its own, and
 * `ID_ANY` means all: here also those to come (22.11 crashes there, over lists of unused ids).
 */
export class DeviceCallbacks {
  readonly #of = new Map<number, Entry[]>();
  readonly #future: Entry[] = [];

  add(id: number, event: DeviceEvent, callback: DeviceCallback, userData: unknown): void {
    check('registerCallback', event, callback);
    for (const list of this.#lists(id)) {
      const same = (e: Entry) =>
        e.event === event && e.callback === callback && e.userData === userData;
      if (!list.some(same)) list.push({ event, callback, userData });
    }
  }

  remove(id: number, event: DeviceEvent, callback: DeviceCallback, userData: unknown): void {
    check('unregisterCallback', event, callback);
    for (const list of this.#lists(id)) {
      const stay = list.filter(
        (e) =>
          e.event !== event ||
          e.callback !== callback ||
          (userData !== ANY_DATA && e.userData !== userData),
      );
      list.splice(0, list.length, ...stay);
    }
  }

  opened(id: number): void {
    this.#of.set(id, [...this.#future]);
  }

  closed(id: number): void {
    this.#of.delete(id);
  }

  /** Calls whom it concerns; a callback may register and unregister meanwhile. */
  notify(id: number, event: DeviceEvent): void {
    for (const entry of [...(this.#of.get(id) ?? [])])
      if (entry.event === event) entry.callback(id, event, entry.userData);
  }

  #lists(id: number): Entry[][] {
    return id === ID_ANY ? [...this.#of.values(), this.#future] : [this.#of.get(id) ?? []];
  }
}

function check(call: string, event: DeviceEvent, callback: DeviceCallback): void {
  if (event !== DeviceEvent.NEW && event !== DeviceEvent.DEL)
    fail('DEVICE_ARGUMENT', {
      call,
      argument: 'event',
      reason: `${event} is none`,
      errno: 'EINVAL',
    });
  if (typeof callback !== 'function') {
    const reason = 'it is not a function';
    fail('DEVICE_ARGUMENT', { call, argument: 'callback', reason, errno: 'EINVAL' });
  }
}
