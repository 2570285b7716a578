import { HostMemory } from '../memory/memory.js';
import { native } from '../memory/native.js';
import type { Mempool } from './mempool.js';
import type { Port } from './port.js';
import { TURN_BYTES, Turn } from './turn.js';

const POINTER = 8;
const DESCRIPTOR = 16;

/**
 * A burst on one queue of a port, for programs with a loop of their own: receive, work on the
 * frames where they lie, send. A packet function (src/kernels/kernel.ts) takes it as it is:
 *
 *   frame i starts at byte (packets[first + 4 i] - origin) >>> 0 of u8
 *   and its first segment has packets[first + 4 i + 2] bytes
 */
export class PacketBurst {
  readonly packets: Uint32Array;
  readonly first: number;
  count = 0;
  readonly u8: Uint8Array;
  readonly u32: Uint32Array;
  readonly origin: number;
  private readonly turn: Turn;
  private readonly memory: HostMemory;

  /** Up to `most` packets (1 to 1024) at a time; `pool` is the one the port fills. */
  constructor(
    port: Port,
    pool: Mempool,
    private readonly most = 64,
    queue = 0,
  ) {
    this.memory = new HostMemory(TURN_BYTES + most * (POINTER + DESCRIPTOR));
    const { window, address } = this.memory;
    this.turn = new Turn(window, address).aim(port.id, queue);
    this.packets = window.u32;
    this.first = (TURN_BYTES + most * POINTER) / 4;
    const { u8, u32, origin } = pool.window;
    this.u8 = u8;
    this.u32 = u32;
    this.origin = origin;
  }

  /** Receives what is there, without waiting; tells how many packets. Send the last ones first. */
  receive(): number {
    this.turn.sendNothing();
    this.turn.receiveInto(this.mbufs, this.memory.address + this.first * 4, this.most);
    this.turn.run();
    this.count = this.turn.received;
    return this.count;
  }

  /** Sends the burst on its own port; tells how many the port took. The others are freed. */
  send(): number {
    if (this.count === 0) return 0;
    this.turn.receiveNothing();
    this.turn.send(this.mbufs, this.count, this.turn.receivedBytes);
    this.turn.run();
    const { sent } = this.turn;
    native.mbufFree(this.mbufs + sent * POINTER, this.count - sent);
    this.count = 0;
    return sent;
  }

  private get mbufs(): number {
    return this.memory.address + TURN_BYTES;
  }
}
