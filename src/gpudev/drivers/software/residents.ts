import { KERNEL_ARGS } from '../../driver.js';
import { type AddressSpace, CachedMemory } from './address-space.js';
import type { Block } from './block.js';
import type { LoadedKernel } from './kernel-table.js';
import type { LaunchTable } from './launch-table.js';

/** Blocks that may be resident on one multiprocessor: as on Volta, Ampere and Hopper. */
export const PLACES = 32;

type Running = Generator<boolean, void, void>;

/** A place for a block on a multiprocessor, used again and again: a launch makes no objects. */
class Place implements Block {
  index = 0;
  count = 0;
  readonly args = new Float64Array(KERNEL_ARGS);
  readonly memory: CachedMemory;
  launch = -1;
  kernel: LoadedKernel | undefined;
  running: Running | undefined;

  constructor(space: AddressSpace) {
    this.memory = new CachedMemory(space);
  }
}

/** The blocks resident on one multiprocessor: the first `count` places. */
export class Residents {
  count = 0;
  /** The kernel that runs at the moment, or ran last: whom a fault belongs to. */
  kernel: LoadedKernel | undefined;
  private readonly places: Place[] = [];

  constructor(
    private readonly launches: LaunchTable,
    space: AddressSpace,
  ) {
    for (let i = 0; i < PLACES; i++) this.places.push(new Place(space));
  }

  /** Runs a block that was taken: to its end, or to its first rest when it is a generator. */
  start(launch: number, index: number, kernel: LoadedKernel): void {
    const place = this.places[this.count];
    place.index = index;
    place.count = this.launches.blocks(launch);
    place.launch = launch;
    place.kernel = kernel;
    this.launches.copyArgs(launch, place.args);
    this.kernel = kernel;
    const result = kernel.run(place);
    if (result === undefined) {
      this.launches.finish(launch);
      return;
    }
    if (typeof result?.next !== 'function') {
      throw new TypeError('a kernel returns nothing, or is a generator');
    }
    place.running = result;
    this.count++;
  }

  /** Lets each resident block run to its next rest; true when one of them did something. */
  step(): boolean {
    const { places } = this;
    let worked = false;
    for (let i = 0; i < this.count; ) {
      const place = places[i];
      this.kernel = place.kernel;
      const rest = (place.running as Running).next();
      if (rest.done === true) {
        this.leave(i);
        worked = true;
        continue;
      }
      if (rest.value) worked = true;
      i++;
    }
    return worked;
  }

  /** Forgets all blocks, as they stand: the device is lost. */
  drop(): void {
    for (let i = 0; i < this.count; i++) this.places[i].running = undefined;
    this.count = 0;
  }

  // The last place changes with the one that became free.
  private leave(i: number): void {
    const { places } = this;
    const place = places[i];
    this.launches.finish(place.launch);
    place.running = undefined;
    places[i] = places[--this.count];
    places[this.count] = place;
  }
}
