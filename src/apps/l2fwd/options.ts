import { fail } from '../../errors.js';
import { isBuiltIn, parseKernelFile } from '../../kernels/kernel-file.js';
import { isTraffic } from '../../traffic/spec.js';
import {
  choice,
  cpuList,
  flag,
  integer,
  type OptionDeclaration,
  seconds,
  text,
  texts,
} from '../option.js';
import { refuseSplit } from './refuse-split.js';

export const METHODS = ['io', 'cpu', 'serial', 'launch', 'persistent', 'stream', 'graph'] as const;
export type MethodName = (typeof METHODS)[number];

export const MEMORY_KINDS = ['host', 'gpu', 'gpu-mapped', 'staged'] as const;
export type MemoryKind = (typeof MEMORY_KINDS)[number];

/** What one run of l2fwd is asked to do: DESIGN's table of options, checked. */
export interface L2fwdOptions {
  /** devargs, one or two; empty when `in` is given. */
  ports: string[];
  /** Beyond the contract: of two ports only the first receives, and only the second sends. */
  oneWay: boolean;
  in?: string;
  out?: string;
  method: MethodName;
  /** `software`, `cuda:0`, …; absent: first CUDA GPU, else `software`. */
  device?: string;
  memory: MemoryKind;
  /** Packets per item, 1-1024. */
  burst: number;
  /** Blocks of a path's persistent kernel, which work side by side; fewer where there is no room. */
  blocks: number;
  /** Status words in host memory, or with doorbells in device memory that the CPU has mapped. */
  statusIn: (typeof STATUS_IN)[number];
  timeoutUs: number;
  /** Items in a comm list. */
  items: number;
  pipelines: number;
  /** Beyond the contract: lcores of a path, 1 at both ends or 2 that share it; absent: lcores.ts. */
  lcores?: number;
  /** Beyond the contract: the lcores' CPUs; absent: as many as there are from the second on. */
  cpus?: number[];
  packetTimeNs: number;
  /** Beyond the contract: how long the device may take for an item, artificial work apart; 0: ever. */
  watchdogMs: number;
  /** Beyond the contract: how long a stopping run keeps offering frames to a port that takes none. */
  drainMs: number;
  /** FILE[:NAME] of the user's own kernel, or the name of a built-in one. */
  kernel?: string;
  /** Beyond the contract: bytes of each frame that stay in host memory, the rest in the GPU's; 0: none. */
  headerSplit: number;
  /** FILE[:NAME] of a function in JavaScript for the headers. */
  headerFunction?: string;
  /** Beyond the contract: threads of a whole kernel's block. */
  kernelThreads?: number;
  /** Stop after so many packets received. */
  packets?: number;
  /** Stop after so many seconds. */
  duration?: number;
  /** Packets at the start that seconds, rates and latency leave out. */
  warmup: number;
  verify: boolean;
  /** Beyond the contract: a file for a timeline of the run, in Perfetto's format … */
  trace?: string;
  /** … and how many items in a row each of its windows shows. */
  traceItems: number;
  /** Beyond the contract: mbufs in the pool (default: enough for full lists). */
  mbufs?: number;
  /** Beyond the contract: data room of an mbuf in bytes, headroom not counted. */
  mbufSize: number;
  /** Beyond the contract: DPDK's own log to standard error. */
  ealLog?: boolean;
}

/** Where what tells kernels of an item lies (src/gpudev/comm-list.ts, StatusIn). */
export const STATUS_IN = ['host', 'split'] as const;

export const L2FWD_DEFAULTS = {
  method: 'persistent',
  memory: 'host',
  burst: 64,
  blocks: 32,
  statusIn: 'host',
  timeoutUs: 50,
  items: 256,
  pipelines: 1,
  packetTimeNs: 0,
  watchdogMs: 2000,
  drainMs: 1000,
  headerSplit: 0,
  warmup: 0,
  verify: false,
  oneWay: false,
  traceItems: 64,
  mbufSize: 2048,
} as const satisfies Partial<L2fwdOptions>;

/** A data room is 16 bits, its 128 bytes of headroom included (rte_pktmbuf_pool_create). */
const LARGEST_MBUF = 0xffff - 128;

/** An Ethernet header: with fewer bytes on the CPU nobody is served. */
const LEAST_HEADER = 14;

/** Which GPU, in every command that takes one. */
export const deviceOption = {
  name: 'device',
  metavar: 'NAME',
  help: 'the GPU: software, cuda:0, cuda:1, …',
  type: text('the name of a device, as "software" or "cuda:0"'),
  default: 'the first CUDA GPU, else software',
} as const satisfies OptionDeclaration;

/** Which kind of packet memory, where a command takes one. */
export const memoryOption = {
  name: 'memory',
  metavar: 'KIND',
  help: `where packets lie: ${MEMORY_KINDS.join(', ')}`,
  type: choice(MEMORY_KINDS),
  default: L2FWD_DEFAULTS.memory,
} as const satisfies OptionDeclaration;

/** The options that make up a run; src/cli adds those that only concern what is printed. */
export const l2fwdOptions = [
  {
    name: 'port',
    metavar: 'DEVARGS',
    help:
      'a DPDK port: a vdev with its arguments, or a PCI address with its own; ' +
      'given twice, packets cross from 0 to 1 and from 1 to 0; ' +
      'traffic0,size=1024,mpps=6 makes frames and checks what comes back',
    type: texts('devargs of a DPDK port, as "net_null0,size=64"'),
    repeatable: true,
  },
  {
    name: 'one-way',
    help: 'with two ports: packets cross from 0 to 1 alone; a net_null there takes them all, for a probe',
    type: flag(),
  },
  {
    name: 'in',
    metavar: 'FILE',
    help: 'a capture to forward, instead of ports; the run ends when all its frames went out',
    type: text('the name of a file'),
  },
  {
    name: 'out',
    metavar: 'FILE',
    help: 'with --in: the capture to write what is sent to',
    type: text('the name of a file'),
  },
  {
    name: 'method',
    metavar: 'NAME',
    help: `how the loop runs: ${METHODS.join(', ')}`,
    type: choice(METHODS),
    default: L2FWD_DEFAULTS.method,
  },
  deviceOption,
  memoryOption,
  {
    name: 'burst',
    metavar: 'N',
    help: 'packets per item, 1-1024',
    type: integer(1, 1024),
    default: L2FWD_DEFAULTS.burst,
  },
  {
    name: 'blocks',
    metavar: 'N',
    help: 'persistent: blocks, and so items, at work side by side, 1-1024',
    type: integer(1, 1024),
    default: L2FWD_DEFAULTS.blocks,
  },
  {
    name: 'status-in',
    metavar: 'PLACE',
    help: 'what kernels poll: host, the status words in host memory; split, doorbells in mapped GPU memory',
    type: choice(STATUS_IN),
    default: L2FWD_DEFAULTS.statusIn,
  },
  {
    name: 'timeout-us',
    metavar: 'N',
    help: 'a partial item goes out after this many microseconds',
    type: integer(0, 1_000_000),
    default: L2FWD_DEFAULTS.timeoutUs,
  },
  {
    name: 'items',
    metavar: 'N',
    help: 'items in a comm list, 2-65536',
    type: integer(2, 65_536),
    default: L2FWD_DEFAULTS.items,
  },
  {
    name: 'pipelines',
    metavar: 'N',
    help: 'RX/TX queue pairs, each with its lcores, 1-64',
    type: integer(1, 64),
    default: L2FWD_DEFAULTS.pipelines,
  },
  {
    name: 'lcores',
    metavar: 'N',
    help: 'lcores of a path: 2, one receives and one sends; or 1, which does both, as in cpu and serial',
    type: integer(1, 2),
    default: '1 for io and persistent on ports that only pass mbufs on, else 2',
  },
  {
    name: 'cpus',
    metavar: 'LIST',
    help: 'CPUs of the lcores, in turn: RX and TX of each pipeline, then those of a traffic port',
    type: cpuList(),
    default: 'from the second on, where there are enough',
  },
  {
    name: 'packet-time-ns',
    metavar: 'N',
    help: 'artificial work per packet, in nanoseconds',
    type: integer(0, 1_000_000_000),
    default: L2FWD_DEFAULTS.packetTimeNs,
  },
  {
    name: 'watchdog-ms',
    metavar: 'N',
    help:
      'a kernel that takes longer for an item is stuck and ends the run; what --packet-time-ns ' +
      'asks for comes on top; 0: it may take for ever',
    type: integer(0, 3_600_000),
    default: L2FWD_DEFAULTS.watchdogMs,
  },
  {
    name: 'drain-ms',
    metavar: 'N',
    help: 'at the end, how long to offer frames to a port that takes none before they are dropped',
    type: integer(0, 3_600_000),
    default: L2FWD_DEFAULTS.drainMs,
  },
  {
    name: 'kernel',
    metavar: 'FILE[:NAME]',
    help:
      'a kernel of your own instead of the MAC swap: .cu, .ptx, .cubin; .js for software; ' +
      '"forward" leaves every frame as it is, so that hosts reach each other',
    type: text('FILE or FILE:NAME').refine(
      (value) => isBuiltIn(value) || parseKernelFile(value) !== undefined,
      'FILE must end in .cu, .ptx, .cubin, .js or .mjs, and NAME stand behind a colon; or it is ' +
        '"forward" or "mac-swap"',
    ),
  },
  {
    name: 'kernel-threads',
    metavar: 'N',
    help: "threads of a whole gpudev kernel's block, 1-1024",
    type: integer(1, 1024),
    default: 'one a packet, 256 at the least',
  },
  {
    name: 'header-split',
    metavar: 'N',
    help:
      `--memory gpu, gpu-mapped: the first N bytes of a frame (${LEAST_HEADER} and more) to host ` +
      'memory, where the RX lcore works on them, the rest to the GPU',
    type: integer(0, LARGEST_MBUF).refine(
      (bytes) => bytes === 0 || bytes >= LEAST_HEADER,
      `it must be 0 or ${LEAST_HEADER} and more`,
    ),
    default: L2FWD_DEFAULTS.headerSplit,
  },
  {
    name: 'header-function',
    metavar: 'FILE[:NAME]',
    help: 'with --header-split: what the RX lcore does with headers instead of the MAC swap; .js',
    type: text('FILE or FILE:NAME').refine(
      (value) => parseKernelFile(value)?.type === 'js',
      'FILE must end in .js or .mjs, and NAME stand behind a colon',
    ),
  },
  {
    name: 'packets',
    metavar: 'N',
    help: 'stop after so many packets',
    type: integer(1),
    default: 'until Ctrl-C',
  },
  {
    name: 'duration',
    metavar: 'S',
    help: 'stop after so many seconds, fractions allowed',
    type: seconds(),
    default: 'until Ctrl-C',
  },
  {
    name: 'warmup',
    metavar: 'N',
    help: 'packets at the start that time, rates and latency leave out',
    type: integer(0),
    default: L2FWD_DEFAULTS.warmup,
  },
  {
    name: 'verify',
    help: 'check every frame sent against the frame received',
    type: flag(),
  },
  {
    name: 'trace',
    metavar: 'FILE',
    help: 'what each player did when, as a timeline for ui.perfetto.dev or "warpline trace"; .json: for "warpline report"',
    type: text('the name of a file'),
  },
  {
    name: 'trace-items',
    metavar: 'N',
    help: 'items in a row that each window of the trace shows, 1-4096',
    type: integer(1, 4096),
    default: L2FWD_DEFAULTS.traceItems,
  },
  {
    name: 'mbufs',
    metavar: 'N',
    help: 'mbufs in the mempool',
    type: integer(1, 0xffffffff),
    default: 'enough for full lists',
  },
  {
    name: 'mbuf-size',
    metavar: 'BYTES',
    help: `data room of an mbuf, 64-${LARGEST_MBUF}; longer frames are chained`,
    type: integer(64, LARGEST_MBUF),
    default: L2FWD_DEFAULTS.mbufSize,
  },
  { name: 'eal-log', help: "DPDK's own log to standard error", type: flag() },
] as const satisfies OptionDeclaration[];

/** Options of a run before defaults: what was given, by its name in `L2fwdOptions`. */
export type L2fwdGiven = Partial<Omit<L2fwdOptions, 'ports'>> & { port?: string | string[] };

/**
 * Adds the defaults and checks that the options go together.
 * @throws OPTION_MISSING, OPTION_CONFLICT. What needs the file system, a port
 *   or a device to judge is judged by the run.
 */
export function completeL2fwdOptions({ port = [], ...given }: L2fwdGiven): L2fwdOptions {
  const options = { ...L2FWD_DEFAULTS, ...given, ports: [port].flat() };
  const conflict = (names: string, reason: string) =>
    fail('OPTION_CONFLICT', { options: names, reason });

  const own = options.kernel !== undefined && !isBuiltIn(options.kernel);
  if (own && options.verify) {
    conflict('--kernel and --verify', 'what a kernel of your own may change is not known');
  }
  if (own && options.method === 'io') {
    conflict('--kernel and --method io', 'io leaves every frame as it is');
  }
  refuseSplit(options);
  if (options.in !== undefined && options.ports.length > 0) {
    conflict('--in and --port', 'packets come from a capture or from ports');
  }
  if (options.trace !== undefined && options.trace === options.out) {
    conflict('--trace and --out', 'they name the same file');
  }
  if (options.in === undefined && options.out !== undefined) {
    fail('OPTION_MISSING', {
      option: '--in',
      advice: 'Give the capture to forward with --in, or leave --out out',
    });
  }
  if (options.memory === 'staged' && options.statusIn !== 'host') {
    conflict(
      '--memory staged and --status-in split',
      'staged packets announce themselves in stream order',
    );
  }
  if (options.in === undefined && options.ports.length === 0) {
    fail('OPTION_MISSING', {
      option: '--port or --in',
      advice: 'Give a port, as in "--port net_null0,size=64", or a capture with --in',
    });
  }
  if (options.ports.length > 2) {
    conflict(`${options.ports.length} times --port`, 'l2fwd joins one port to itself, or two');
  }
  if (options.oneWay && options.ports.length === 1) {
    fail('OPTION_MISSING', {
      option: 'a second --port',
      advice: 'Say where packets are to go with it, or leave --one-way out',
    });
  }
  if (options.oneWay && options.in !== undefined) {
    conflict('--one-way and --in', 'a capture is read one way anyhow');
  }
  if (options.ports.length > 1 && options.ports.some(isTraffic)) {
    conflict('a traffic port and another --port', 'what it sends must come back to it');
  }
  if (options.in !== undefined && options.pipelines > 1) {
    conflict('--in and --pipelines', 'a capture is read by one queue');
  }
  return options;
}
