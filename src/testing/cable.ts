import { setImmediate as breathe, setTimeout as sleep } from 'node:timers/promises';
import { Mempool } from '../dpdk/mempool.js';
import { Port } from '../dpdk/port.js';
import { Turn } from '../dpdk/turn.js';
import { HostMemory, loadAddress } from '../memory/memory.js';
import { native } from '../memory/native.js';

const MOST = 32;
const FRAME = 16_384;

/** How long nothing may pass before an exchange is given up: on a busy machine threads wait long. */
const PATIENCE_MS = 5000;

let cables = 0;

/**
 * A cable with a host at one end: two memif ports of this process, joined. The program under test
 * gets `devargs` for its end; at the other end frames are sent and received one by one. Its rings
 * are short on request, so that whoever does not fetch frames holds the other side back.
 */
export class Cable {
  readonly devargs: string;
  private readonly socket: string;
  private readonly memory = new HostMemory(MOST * 8 + FRAME);
  private readonly turn = Turn.alone();
  private pool?: Mempool;
  private port?: Port;

  /** `slots`: frames a ring holds, a power of two. */
  constructor(private readonly slots = 1024) {
    this.socket = `warpline-${process.pid}-${cables++}`;
    this.devargs = this.end('net_memif0', 'server');
  }

  private end(name: string, role: string): string {
    const ring = Math.log2(this.slots);
    return `${name},role=${role},id=0,socket=${this.socket},rsize=${ring},bsize=2048`;
  }

  /** Plugs in the host's end; the other must be there. Frames pass from now on. */
  async connect(): Promise<void> {
    this.pool = Mempool.create({ name: 'cable', mbufs: 4096, frameBytes: 2048 });
    this.port = Port.attach(this.end('net_memif1', 'client')).configure(1, this.pool).start();
    this.turn.aim(this.port.id, 0);
    while (!this.port.link.up) await sleep(2);
    // A memif client hands its peer the first free slots when it first receives.
    this.fetch(1);
  }

  /** Offers one frame; tells whether the cable took it. */
  offer(frame: Uint8Array): boolean {
    const { address, window } = this.memory;
    if (!native.mbufAllocate(this.pool!.handle, address, 1))
      throw new Error('the cable is leaking');
    window.u8.set(frame, MOST * 8);
    const mbuf = loadAddress(window.u32, 0);
    if (!native.packetWrite(mbuf, address + MOST * 8, frame.length)) throw new Error('too long');
    this.turn.receiveNothing();
    this.turn.send(address, 1, frame.length);
    this.turn.run();
    if (this.turn.sent === 0) native.mbufFree(address, 1);
    return this.turn.sent === 1;
  }

  /** Fetches what has arrived, at most `max` frames (no more than 32). */
  fetch(max = MOST): Uint8Array[] {
    const { address, window } = this.memory;
    this.turn.sendNothing();
    this.turn.receiveInto(address, 0, Math.min(max, MOST));
    this.turn.run();
    const { received } = this.turn;
    const frames = Array.from({ length: received }, (_, i) => {
      const length = native.packetRead(loadAddress(window.u32, 2 * i), address + MOST * 8, FRAME);
      return window.u8.slice(MOST * 8, MOST * 8 + length);
    });
    if (received !== 0) native.mbufFree(address, received);
    return frames;
  }

  /** Sends all `frames`, fetching meanwhile; gives what came back, as soon as `expected` have. */
  async exchange(frames: readonly Uint8Array[], expected = frames.length): Promise<Uint8Array[]> {
    const back: Uint8Array[] = [];
    let sent = 0;
    let last = performance.now();
    while (back.length < expected || sent < frames.length) {
      const before = sent + back.length;
      while (sent < frames.length && this.offer(frames[sent])) sent++;
      back.push(...this.fetch());
      if (sent + back.length !== before) last = performance.now();
      else if (performance.now() - last > PATIENCE_MS) break;
      await breathe();
    }
    return back;
  }

  /** Unplugs: the host's end is gone, and none of its mbufs may be missing. */
  close(): void {
    this.port?.close();
    const { size = 0, available = 0 } = this.pool ?? {};
    this.pool?.free();
    if (size !== available) throw new Error(`the cable kept ${size - available} mbufs`);
  }
}
