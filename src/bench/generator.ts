import { existsSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { fail } from '../errors.js';
import { Testpmd, type TestpmdOptions } from './testpmd.js';

/** What can join two processes here without huge pages, root or a NIC. */
export const LINKS = ['memif', 'vhost'] as const;
export type Link = (typeof LINKS)[number];

/** devargs of the two ends of a link over the socket `path`: the one that listens, the one that calls. */
export function endsOf(
  link: Link,
  path: string,
  queues: number,
  room: number,
  zeroCopy = false,
): { listens: string; calls: string } {
  if (link === 'vhost')
    return {
      listens: `net_vhost0,iface=${path},queues=${queues}`,
      // Memory that it shares with the other process is a memfd with --no-huge (DPDK 18.08).
      calls: `net_virtio_user0,path=${path},queues=${queues}`,
    };
  const end = (role: string) => `net_memif0,role=${role},socket=${path},socket-abstract=no`;
  // Rings and their buffers are the client's to choose.
  return {
    listens: end('server'),
    calls: `${end('client')},bsize=${room}${zeroCopy ? ',zero-copy=yes' : ''}`,
  };
}

/** Frames that a testpmd has sent and received since its start. */
export interface Counts {
  sent: number;
  sentBytes: number;
  back: number;
  backBytes: number;
  /** `performance.now()` when they were read. */
  at: number;
}

const STATS = [
  ...['RX-packets:\\s+(\\d+)', 'RX-bytes:\\s+(\\d+)', 'TX-packets:\\s+(\\d+)'],
  ...['TX-bytes:\\s+(\\d+)', '####'],
].join('[\\s\\S]*?');

/** Reads the counters of a testpmd's port 0. */
export async function countsOf(testpmd: Testpmd): Promise<Counts> {
  const found = await testpmd.ask('show port stats 0', new RegExp(STATS));
  const [back, backBytes, sent, sentBytes] = found.slice(1).map(Number);
  return { sent, sentBytes, back, backBytes, at: performance.now() };
}

/**
 * dpdk-testpmd at the far end of a link: it makes frames (`flowgen`: UDP of 1024 flows), takes back
 * what comes, and counts both. It is the end that calls: as the one that listens it crashes when a
 * memif peer goes and comes back.
 */
export class Generator {
  /** Frames it made that found no room in the ring: they never were on the link. */
  refused = 0;
  private readonly testpmd: Testpmd;

  constructor(options: Omit<TestpmdOptions, 'forwardMode'>) {
    this.testpmd = new Testpmd({ ...options, forwardMode: 'flowgen' });
  }

  /** Settles when the other end has answered. */
  async connect(): Promise<void> {
    const { testpmd } = this;
    await testpmd.ask('', /testpmd>/);
    // What comes back at once must be counted, not thrown away.
    await testpmd.ask('set flush_rx off', /testpmd>/);
    const deadline = performance.now() + 10_000;
    while (performance.now() < deadline) {
      const [link] = await testpmd.ask('show port info 0', /Link status: \w+/);
      if (link.endsWith('up')) return;
      await sleep(10);
    }
    fail('TESTPMD', { command: 'its start', reason: 'the other end does not answer' });
  }

  async generate(): Promise<void> {
    await this.testpmd.ask('start', /packet forwarding/i);
  }

  counts(): Promise<Counts> {
    return countsOf(this.testpmd);
  }

  /** Makes no more frames; from now on it only takes back what is still under way. */
  async drain(): Promise<void> {
    const [, refused] = await this.testpmd.ask(
      'stop',
      /Accumulated[\s\S]*?TX-dropped:\s+(\d+)[\s\S]*?Done\./,
    );
    this.refused = Number(refused);
    await this.testpmd.ask('set fwd rxonly', /Set rxonly/);
    await this.testpmd.ask('start', /packet forwarding/i);
  }

  /** Leaves the link alone: memif's client may crash where the server goes while it polls. */
  async halt(): Promise<void> {
    await this.testpmd.ask('stop', /Done\./);
  }

  /** Ends it as a crash would. */
  async crash(): Promise<void> {
    this.testpmd.kill();
    await this.testpmd.quit();
  }

  quit(): Promise<void> {
    return this.testpmd.quit();
  }
}

/** Settles when a socket is there to be called. */
export async function listening(path: string): Promise<void> {
  for (let ms = 0; ms < 10_000; ms += 10) {
    if (existsSync(path)) return;
    await sleep(10);
  }
  fail('TESTPMD', { command: 'its start', reason: `it does not listen on ${path}` });
}
