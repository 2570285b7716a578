import { type DevargsPath, devargsPath } from '../../capture/devargs-path.js';
import type { Mempool } from '../../dpdk/mempool.js';
import { type BufferSplit, Port } from '../../dpdk/port.js';
import { fail } from '../../errors.js';
import { isTraffic, trafficSpec } from '../../traffic/spec.js';
import { TrafficPort } from '../../traffic/traffic-port.js';
import type { L2fwdOptions } from './options.js';

/** The ports of a run, and the links to files that devargs cannot name as they are. */
export class Ports {
  readonly all: Port[] = [];
  /** Whose near end is among them, if traffic was asked for. */
  traffic?: TrafficPort;
  private readonly paths: DevargsPath[] = [];

  /**
   * Opens what the options ask for, fills them and starts them. `poolOf` sees each port before it gets
   * any memory, and gives the pool it is filled from, or throws if it may have none; traffic's far end
   * takes from `pool`. `split` tells what a port is to do about the frames it splits itself.
   */
  static open(
    options: L2fwdOptions,
    pool: Mempool,
    poolOf: (port: Port) => Mempool,
    split?: (port: Port) => BufferSplit | undefined,
  ): Ports {
    const ports = new Ports();
    try {
      const wanted = options.in === undefined ? options.ports : [ports.replay(options)];
      for (const devargs of wanted) refuseOversize(devargs, options.mbufSize);
      for (const devargs of wanted) ports.all.push(ports.attach(devargs, options));
      const pools = ports.all.map(poolOf);
      for (const [i, port] of ports.all.entries())
        port.configure(options.pipelines, pools[i], split?.(port)).start();
      ports.traffic?.start(options.pipelines, pool);
    } catch (error) {
      ports.close();
      throw error;
    }
    return ports;
  }

  close(): void {
    for (const port of this.all.splice(0)) port.close();
    this.traffic?.close();
    this.traffic = undefined;
    for (const path of this.paths.splice(0)) path.dispose();
  }

  private attach(devargs: string, { mbufSize, pipelines }: L2fwdOptions): Port {
    if (!isTraffic(devargs)) return Port.attach(devargs);
    this.traffic = TrafficPort.open(trafficSpec(devargs, mbufSize), pipelines);
    return this.traffic.near;
  }

  /** `--in`, `--out`: a pcap port. Without an output file net_pcap counts what is sent, and drops. */
  private replay({ in: input, out }: L2fwdOptions): string {
    const name = (file: string) => {
      const path = devargsPath(file);
      this.paths.push(path);
      return path.path;
    };
    const to = out === undefined ? '' : `,tx_pcap=${name(out)}`;
    return `net_pcap0,rx_pcap=${name(input as string)}${to}`;
  }
}

/** net_null makes frames of any size it is told, and does not look whether an mbuf holds them. */
function refuseOversize(devargs: string, most: number): void {
  const [, size] = /^(?:eth|net)_null.*\bsize=(\d+)/.exec(devargs) ?? [];
  if (size === undefined || Number(size) <= most) return;
  fail('PORT_ATTACH', { devargs, reason: `an mbuf holds ${most} bytes (--mbuf-size)` });
}
