import { execFile, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { promisify } from 'node:util';

const exec = promisify(execFile);

/** Why there can be no hosts here, or false where there can. */
export function noHosts(): string | false {
  if (process.getuid?.() !== 0) return 'network namespaces want root';
  const probe = `wlp${process.pid}`;
  try {
    ip('netns', 'add', probe);
    ip('netns', 'del', probe);
    for (const tool of [
      ['ping', '-V'],
      ['ethtool', '--version'],
    ])
      sh(...tool);
    return false;
  } catch (error) {
    return `ip netns, ping or ethtool cannot be used: ${(error as Error).message.split('\n')[0]}`;
  }
}

/** Why iperf3 cannot measure here, or false where it can. */
export function noIperf(): string | false {
  try {
    // Both ways at once came with iperf 3.7.
    if (sh('iperf3', '--help').includes('--bidir')) return false;
    return 'iperf3 is older than 3.7';
  } catch {
    return 'iperf3 is not installed (Debian: iperf3)';
  }
}

function sh(...[file, ...args]: string[]): string {
  return execFileSync(file, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
}

function ip(...args: string[]): string {
  return sh('ip', ...args);
}

/** Sends bytes that nobody can guess and says what their checksum is; or receives them and says it. */
const TRANSFER = `
const { createHash, randomBytes } = require('node:crypto');
const net = require('node:net');
const [, role, address, left] = process.argv;
const sum = createHash('sha256');
const done = () => process.stdout.write(sum.digest('hex') + '\\n', () => process.exit());
if (role === 'send') net.createServer((socket) => {
  let bytes = Number(left);
  const more = () => {
    while (bytes > 0) {
      const piece = randomBytes(Math.min(bytes, 1 << 18));
      sum.update(piece);
      bytes -= piece.length;
      if (!socket.write(piece)) return socket.once('drain', more);
    }
    socket.end();
  };
  more();
  socket.on('close', done);
  socket.resume();
}).listen(7000, address, () => process.stdout.write('listening\\n'));
else {
  let bytes = 0;
  const socket = net.connect(7000, address);
  socket.on('data', (piece) => { bytes += piece.length; sum.update(piece); });
  socket.on('end', () => { socket.end(); if (bytes === Number(left)) done(); else process.exit(1); });
}`;

/** Takes an interface of this namespace down, up, or away. */
export function setLink(name: string, to: 'down' | 'up' | 'gone'): void {
  if (to === 'gone') ip('link', 'del', name);
  else ip('link', 'set', name, to);
}

/** Two hosts, each a network namespace, and what leads out of each: an interface of this one. */
export class Hosts {
  private static made = 0;
  private readonly spaces: [string, string];
  /** Names that outward interfaces have, here or once they are given to a host. */
  readonly interfaces: [string, string];

  constructor() {
    const id = `${process.pid}${Hosts.made++}`;
    this.spaces = [`wl${id}a`, `wl${id}b`];
    this.interfaces = [`wi${id}a`, `wi${id}b`];
    for (const space of this.spaces) {
      ip('netns', 'add', space);
      ip('-n', space, 'link', 'set', 'lo', 'up');
    }
  }

  /** A veth pair for each host, `eth0` within; its peer is ours, for a port to take. */
  cable(): this {
    for (const [i, space] of this.spaces.entries()) {
      const name = this.interfaces[i];
      ip('link', 'add', name, 'type', 'veth', 'peer', 'name', 'eth0', 'netns', space);
      ip('link', 'set', name, 'up');
      this.address(i, 'eth0');
    }
    return this;
  }

  /** Gives interfaces that a port has made to the hosts. */
  adopt(): this {
    for (const [i, space] of this.spaces.entries()) {
      ip('link', 'set', this.interfaces[i], 'netns', space);
      this.address(i, this.interfaces[i]);
    }
    return this;
  }

  /**
   * A host leaves checksums, and the cutting of large segments, to its interface; a veth passes
   * frames on without either, since its peer is the same kernel. A port is not.
   */
  private address(host: number, name: string): void {
    const offloads = ['tx', 'tso', 'gso', 'gro'].flatMap((offload) => [offload, 'off']);
    sh('ip', 'netns', 'exec', this.spaces[host], 'ethtool', '-K', name, ...offloads);
    ip('-n', this.spaces[host], 'addr', 'add', `10.99.0.${host + 1}/24`, 'dev', name);
    ip('-n', this.spaces[host], 'link', 'set', name, 'up');
  }

  /** The first host pings the second; gives how many answers came. */
  async ping(count: number): Promise<number> {
    const args = ['-q', '-n', '-c', `${count}`, '-i', '0.001', '-W', '2', '10.99.0.2'];
    // Exit 1: some, or all, got no answer.
    const { stdout } = await this.within(0, 'ping', ...args).catch((error) => error);
    return Number(/(\d+) received/.exec(stdout)?.[1]);
  }

  /** The address the first host has learnt for the second by ARP. */
  neighbour(): string {
    const said = ip('-n', this.spaces[0], 'neigh', 'show', '10.99.0.2');
    return /lladdr (\S+)/.exec(said)?.[1] ?? said;
  }

  /** The second host's own address. */
  hardwareAddress(): string {
    const said = ip('-n', this.spaces[1], '-o', 'link', 'show', 'up', 'type', 'veth');
    const other = said || ip('-n', this.spaces[1], '-o', 'link', 'show', this.interfaces[1]);
    return /link\/ether (\S+)/.exec(other)?.[1] ?? other;
  }

  /** The second host sends so many bytes over TCP; gives both ends' checksums of them. */
  async transfer(bytes: number): Promise<[sent: string, received: string]> {
    const program = [process.execPath, '-e', TRANSFER];
    const sender = [...program, 'send', '10.99.0.2', String(bytes)];
    const server = spawn('ip', ['netns', 'exec', this.spaces[1], ...sender], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let said = '';
    server.stdout.on('data', (text) => {
      said += text;
    });
    const ended = once(server, 'exit');
    try {
      await once(server.stdout, 'data');
      const receiver = [...program, 'receive', '10.99.0.2', String(bytes)];
      const { stdout } = await this.within(0, ...receiver);
      await ended;
      return [said.trim().split('\n').at(-1) ?? '', stdout.trim()];
    } finally {
      server.kill();
    }
  }

  /** TCP by iperf3, both ways at once; gives the bytes that arrived at the second host and the first. */
  async iperf(seconds: number): Promise<[there: number, back: number]> {
    const listener = ['iperf3', '--server', '--one-off', '--forceflush', '--bind', '10.99.0.2'];
    const server = spawn('ip', ['netns', 'exec', this.spaces[1], ...listener], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const ended = once(server, 'exit');
    try {
      await once(server.stdout, 'data');
      server.stdout.resume();
      const how = ['--time', String(seconds), '--bidir', '--json', '--connect-timeout', '5000'];
      const { stdout } = await this.within(0, 'iperf3', '--client', '10.99.0.2', ...how);
      await ended;
      const { end } = JSON.parse(stdout);
      return [end.sum_received.bytes, end.sum_received_bidir_reverse.bytes];
    } finally {
      server.kill();
    }
  }

  private within(host: number, ...command: string[]): Promise<{ stdout: string }> {
    const limit = { timeout: 600_000, killSignal: 'SIGKILL' as const };
    return exec('ip', ['netns', 'exec', this.spaces[host], ...command], limit);
  }

  close(): void {
    for (const [i, space] of this.spaces.entries()) {
      try {
        ip('link', 'del', this.interfaces[i]);
      } catch {
        // A port took it with it, or it lies in the namespace.
      }
      ip('netns', 'del', space);
    }
  }
}
