import { deviceOption, MEMORY_KINDS, METHODS, STATUS_IN } from '../apps/l2fwd/options.js';
import { choice, commas, flag, integer, type OptionDeclaration, seconds } from '../apps/option.js';

/** What benches that sweep have in common; each takes those it has, some with a default of its own. */
export const sweepOptions = {
  device: deviceOption,
  methods: {
    name: 'methods',
    metavar: 'A,B',
    help: `which of ${METHODS.join(', ')}`,
    type: commas(choice(METHODS)),
    default: 'all but cpu',
  },
  memory: {
    name: 'memory',
    metavar: 'A,B',
    help: `which of ${MEMORY_KINDS.join(', ')}`,
    type: commas(choice(MEMORY_KINDS)),
    default: 'all; on software host',
  },
  bursts: {
    name: 'bursts',
    metavar: 'N,N',
    help: 'packets per item, 1-1024 each',
    type: commas(integer(1, 1024)),
    default: '8,16,32,64,128,256; on software 16,64',
  },
  pipelines: {
    name: 'pipelines',
    metavar: 'N,N',
    help: 'RX/TX queue pairs, 1-64 each',
    type: commas(integer(1, 64)),
    default: '1,2,4; on software 1',
  },
  repeats: {
    name: 'repeats',
    metavar: 'N',
    help: 'runs of each point that count, 1-1000',
    type: integer(1, 1000),
    default: '5; on software 3',
  },
  seconds: {
    name: 'seconds',
    metavar: 'S',
    help: 'what a run counts, fractions allowed',
    type: seconds(),
    default: '1; on software 0.5',
  },
  size: {
    name: 'size',
    metavar: 'BYTES',
    help: 'length of a frame, 64-1518',
    type: integer(64, 1518),
    default: 1024,
  },
  items: {
    name: 'items',
    metavar: 'N',
    help: 'items in a comm list, 2-65536',
    type: integer(2, 65_536),
    default: "l2fwd's",
  },
  mbufs: {
    name: 'mbufs',
    metavar: 'N',
    help: 'mbufs in the mempool',
    type: integer(1, 0xffffffff),
    default: "l2fwd's",
  },
  blocks: {
    name: 'blocks',
    metavar: 'N',
    help: 'blocks of the persistent kernel, 1-1024',
    type: integer(1, 1024),
    default: "l2fwd's",
  },
  lcores: {
    name: 'lcores',
    metavar: 'N',
    help: 'lcores of a path: 1 at both ends, or 2',
    type: integer(1, 2),
    default: "l2fwd's",
  },
  statusIn: {
    name: 'status-in',
    metavar: 'PLACE',
    help: `what kernels poll: ${STATUS_IN.join(', ')}`,
    type: choice(STATUS_IN),
    default: "l2fwd's",
  },
  verify: {
    name: 'verify',
    help: 'check every frame; rates are then those of checking',
    type: flag(),
  },
} as const satisfies Record<string, OptionDeclaration>;

/** An option with another default than most benches have for it. */
export function preset<T extends OptionDeclaration>(option: T, value: string | number) {
  return { ...option, default: value };
}

/** What a bench that takes one length of frames is asked to do, by what `sweepOptions` gave. */
export function ofOneSize<T extends { frameBytes: number }>({
  size = sweepOptions.size.default,
  ...given
}: Partial<Omit<T, 'frameBytes'>> & { size?: number }) {
  return { verify: false, ...given, frameBytes: size };
}
