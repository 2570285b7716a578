/**
 * The one catalogue of errors. Every message a person sees has a code here, says what is wrong and
 * what to do about it, and knows the exit status it ends a command with: 1 when a run failed,
 * 2 when it was asked for something wrong (an option, a config, an input file).
 *
 * `{name}` in a text is filled from the details given to `fail`.
 */
export const catalogue = {
  // Wrong use: exit 2.
  OPTION_UNKNOWN: {
    exit: 2,
    what: 'there is no option {option}',
    todo: 'Run "warpline {command} --help" for the ones there are',
  },
  OPTION_VALUE: {
    exit: 2,
    what: '{option} cannot be "{value}": {reason}',
    todo: 'Run "warpline {command} --help" for what it takes',
  },
  OPTION_MISSING: {
    exit: 2,
    what: '{option} is missing',
    todo: '{advice}',
  },
  OPTION_CONFLICT: {
    exit: 2,
    what: '{options} do not go together: {reason}',
    todo: 'Leave one of them out',
  },
  KERNEL_FILE: {
    exit: 2,
    what: 'cannot load a kernel from {file}: {reason}',
    todo: 'Name a .cu, .ptx, .cubin, .js or .mjs file that exists and that you may read',
  },
  KERNEL_NONE: {
    exit: 2,
    what: '{file} has no function that can be a kernel; its functions for the GPU: {names}',
    todo: 'Write one of the signatures in docs/kernels.md',
  },
  KERNEL_NAME: {
    exit: 2,
    what: '{file} has no {name}; it has: {names}',
    todo: 'Name one of these, as in --kernel FILE:NAME',
  },
  KERNEL_CHOICE: {
    exit: 2,
    what: '{file} has several kernels: {names}',
    todo: 'Say which, as in --kernel {file}:{first}',
  },
  KERNEL_SIGNATURE: {
    exit: 2,
    what: '{name} in {file} cannot be a kernel: {reason}',
    todo:
      'Make it a __device__ void function of (uint8_t *packet, uint32_t size), or a __global__ ' +
      'one whose first parameter is a struct rte_gpu_comm_list *',
  },
  KERNEL_IMAGE: {
    exit: 2,
    what: 'kernel {kernel} cannot be loaded on {device}: {reason}',
    todo: 'Compile it for that GPU and its driver, or give its CUDA C++',
  },
  ARGUMENT_UNEXPECTED: {
    exit: 2,
    what: '"{argument}" belongs to no option',
    todo: 'Run "warpline {command} --help" for the options there are',
  },
  COMMAND_MISSING: {
    exit: 2,
    what: '{what}',
    todo: 'Run "warpline --help" for the commands there are',
  },
  COMMAND_UNKNOWN: {
    exit: 2,
    what: 'there is no command {command}',
    todo: 'Run "warpline --help" for the commands there are',
  },
  CONFIG_READ: {
    exit: 2,
    what: 'cannot read the config file {file}: {reason}',
    todo: 'Name a YAML or JSON file that exists and that you may read',
  },
  CONFIG_SYNTAX: {
    exit: 2,
    what: '{file}, line {line}: this is neither YAML nor JSON: {reason}',
    todo: 'Correct it there',
  },
  CONFIG_SHAPE: {
    exit: 2,
    what: '{file} {what}, not a map of options',
    todo: 'Write one option a line, as in "burst: 64"',
  },
  CONFIG_KEY: {
    exit: 2,
    what: '{file}, line {line}: there is no option {key}',
    todo: 'Run "warpline {command} --help" for the ones there are; here they have no dashes in front',
  },
  CONFIG_DUPLICATE: {
    exit: 2,
    what: '{file}, line {line}: {key} is there a second time',
    todo: 'Keep one of them',
  },
  CONFIG_VALUE: {
    exit: 2,
    what: '{file}, line {line}: {key} cannot be {value}: {reason}',
    todo: 'Run "warpline {command} --help" for what it takes',
  },
  OUTPUT_UNUSABLE: {
    exit: 2,
    what: 'cannot write {file}: {reason}',
    todo: '{advice}',
  },
  INPUT_NOT_FOUND: {
    exit: 2,
    what: 'cannot read {file}: {reason}',
    todo: 'Name a pcap or pcapng file that exists and that you may read',
  },
  INPUT_NOT_CAPTURE: {
    exit: 2,
    what: '{file} is not a capture: {reason}',
    todo: 'Give a file in pcap or pcapng format',
  },
  INPUT_LINK_TYPE: {
    exit: 2,
    what: '{file} holds {linkType} frames (link type {number}), not Ethernet',
    todo: 'Give a capture taken on an Ethernet interface (link type 1)',
  },
  INPUT_UNSUPPORTED: {
    exit: 2,
    what: '{file} cannot be replayed: {reason}',
    todo: '{advice}',
  },
  STATS_NONE: {
    exit: 2,
    what: 'no l2fwd of this user is running here',
    todo: 'Start one in another terminal, as in "warpline l2fwd --port net_null0"',
  },
  STATS_PID: {
    exit: 2,
    what: 'process {pid} is no l2fwd of this user; these are: {runs}',
    todo: 'Name one of them',
  },
  STATS_SEVERAL: {
    exit: 2,
    what: 'several l2fwd are running here: {runs}',
    todo: 'Say which one, as in "warpline stats {first}"',
  },
  TRACE_INPUT: {
    exit: 2,
    what: '{file} cannot be read as a trace: {reason}',
    todo: 'Name a file that "warpline l2fwd --trace FILE" wrote',
  },
  REPORT_READ: {
    exit: 2,
    what: 'cannot read {file}: {reason}',
    todo: 'Name files that a bench wrote with --out or printed with --json',
  },
  REPORT_NOT_RESULT: {
    exit: 2,
    what: '{file} is no result of a bench: {reason}',
    todo: "Give the JSON of a bench or of l2fwd, or a trace, of l2fwd or in Chrome's format",
  },
  REPORT_NOTHING: {
    exit: 2,
    what: 'there is nothing to report: {folder} holds no results',
    todo: 'Run a bench with --out FILE, and give that file',
  },
  ROOT_UNUSABLE: {
    exit: 2,
    what: 'cannot look at {folder}: {reason}',
    todo: 'Give --root the folder of a recording, or leave it out to look at this machine',
  },
  PATH_UNUSABLE: {
    exit: 2,
    what: '{file} cannot be handed to a DPDK port: {reason}',
    todo: 'Give it a path without commas, equals signs and brackets',
  },

  PORT_ATTACH: {
    exit: 2,
    what: 'cannot open the port {devargs}: {reason}',
    todo: "Check the name and arguments against the driver's page in DPDK's guide",
  },
  PORT_QUEUES: {
    exit: 2,
    what: 'the port {devargs} has {max} queue(s), not the {queues} that so many pipelines need',
    todo: 'Ask for fewer pipelines, or give the port more queues in its arguments',
  },
  PORT_SETUP: {
    exit: 2,
    what: 'the port {devargs} does not start: {reason}',
    todo: 'Check that nobody else uses it and that its arguments fit',
  },
  GPU_ARGUMENT: {
    exit: 2,
    what: 'the GPU refuses {call}: {reason}',
    todo: 'Correct the arguments of that call',
  },
  GPU_UNKNOWN_ADDRESS: {
    exit: 2,
    what: '{call} of {address}: {reason}',
    todo: 'Use an address the device gave out, and use it once',
  },
  GPU_CONTROL_THREAD: {
    exit: 2,
    what: '{call} was called in a thread that only attached to the GPU',
    todo: 'Call it in the thread that opened the GPU',
  },
  GPU_CLOSED: {
    exit: 2,
    what: '{call} was called on a GPU that is closed',
    todo: 'Open the GPU again, and close it after its last use',
  },
  KERNEL_NOT_FOUND: {
    exit: 2,
    what: 'kernel {kernel} cannot be loaded from {module}: {reason}',
    todo: 'Name a module that can be imported and an exported function of it',
  },
  KERNEL_SIDE: {
    exit: 2,
    what: 'kernel {kernel} has no {side} side, which this device needs',
    todo: 'Give it one, or use another device',
  },
  KERNEL_COMPILE: {
    exit: 2,
    what: 'kernel {kernel} does not compile: {reason}',
    todo: 'Correct it there',
  },
  DEVICE_UNKNOWN: {
    exit: 2,
    what: 'there is no device "{device}": {reason}',
    todo: 'Choose one of: {devices}',
  },
  DEVICE_UNSUPPORTED: {
    exit: 2,
    what: 'device {device} cannot {what}',
    todo: '{advice}',
  },
  CPU_MAPPING: {
    exit: 2,
    what: '{device} gives no {bytes} bytes of its memory that the CPU could write: {reason}',
    todo: 'Use --memory host or gpu; docs/gpudev.md says what mapping takes',
  },

  MEMORY_UNREACHABLE: {
    exit: 2,
    what: '{who} reads or writes packets with the CPU, which does not reach {device} memory',
    todo: 'Use --memory host, or {advice}',
  },
  MEMORY_WRITE_ONLY: {
    exit: 2,
    what: '{who} works on packets with the CPU, which only writes {device} memory: a read of it across the bus takes a microsecond',
    todo: 'Use --memory host, or {advice}',
  },
  HEADER_SPLIT: {
    exit: 2,
    what: 'the port {devargs} cannot take part in --header-split: {reason}',
    todo: 'Use --memory gpu-mapped and a port that sends chained frames, or leave --header-split out',
  },
  // Failed while running: exit 1.
  MBUFS_MISSING: {
    exit: 1,
    what: 'of {size} mbufs that frames are received into or sent from, {available} are back',
    todo: 'Report it with the options of this run: it is a defect of warpline or of a port driver',
  },
  TESTPMD: {
    exit: 1,
    what: 'dpdk-testpmd does not answer {command}: {reason}',
    todo: 'Check that the package dpdk-dev is installed',
  },
  TESTPMD_MISSING: {
    exit: 1,
    what: 'there is no dpdk-testpmd to compare with: {program} cannot be run',
    todo: 'Install the package dpdk-dev, or name a testpmd with --testpmd PATH',
  },
  HUGEPAGES: {
    exit: 1,
    what: '{who} wants {want} free huge pages of 2 MiB, and there are {free}',
    todo: 'As root: echo {want} > /proc/sys/vm/nr_hugepages',
  },
  FRAMES_LOST: {
    exit: 1,
    what: 'frames were lost between the counters of testpmd and of l2fwd: {counts}',
    todo: 'This is a fault of warpline or of the port: report it with this line',
  },
  BENCH_STALLED: {
    exit: 1,
    what: 'the device {device} did not finish {what} within {seconds} seconds',
    todo: 'Run "warpline bench methods" again with nothing else on that device',
  },
  INPUT_STALLED: {
    exit: 1,
    what: 'only {received} of the {frames} frames of {file} arrived',
    todo: 'Look at the missed count; more mbufs (--mbufs) may help',
  },
  OUTPUT_SHORT: {
    exit: 1,
    what: '{file} holds {written} of the {sent} frames sent: {reason}',
    todo: 'Check the room left on that disk',
  },
  TRACE_UNWRITTEN: {
    exit: 1,
    what: 'the trace could not be written to {file}: {reason}',
    todo: 'Make room there, or name another file, and run it again',
  },
  EAL_START: {
    exit: 1,
    what: 'DPDK does not start: {reason}',
    todo: 'Run with --eal-log to see what it says',
  },
  MEMPOOL_CREATE: {
    exit: 1,
    what: 'no mempool of {mbufs} mbufs of {room} bytes: {reason}',
    todo: 'Ask for fewer items, a smaller burst or fewer mbufs',
  },
  MEMPOOL_TOO_LARGE: {
    exit: 2,
    what: 'a mempool of {mbufs} mbufs takes {bytes} bytes, over the limit of 4 GiB',
    todo: 'Ask for fewer items, a smaller burst or fewer mbufs',
  },
  LCORE_FAILED: {
    exit: 1,
    what: 'the lcore {lcore} ended with an error: {reason}',
    todo: 'Set WARPLINE_DEBUG=1 to see where',
  },
  VERIFY_WRONG: {
    exit: 1,
    what: '{wrong} of {checked} frames sent are not what they should be',
    todo: 'Run again with --method cpu: if that is right, the device or its kernel is not',
  },
  TRAFFIC_WRONG: {
    exit: 1,
    what: 'of {received} frames back at the traffic port {wrong} are wrong, {late} late, {twice} twice',
    todo: 'Run again with --verify: it tells frames that the device spoilt',
  },
  OUTPUT_LOST: {
    exit: 1,
    what: 'cannot write to standard output: {reason}',
    todo: 'Make room, or send it somewhere else',
  },
  INTERNAL: {
    exit: 1,
    what: '{reason}',
    todo: 'This is a defect of warpline: run it again with WARPLINE_DEBUG=1 and report what it says',
  },
  DEVICE_INVALID: {
    exit: 1,
    what: 'device {device} is not there: it was closed, or never opened in this thread',
    todo: 'Open it with Device.open, or attach it here with Device.attach',
  },
  ATTACHED_ONLY: {
    exit: 1,
    what: '{call} is not for a thread that only attached {object}',
    todo: 'Call it in the thread that created it',
  },
  DEVICE_NAME: {
    exit: 1,
    what: '{call} cannot take the name "{name}": {reason}',
    todo: 'Give a name of 1 to 63 bytes that no other device of this thread has',
  },
  DEVICE_LIMIT: {
    exit: 1,
    what: 'there are {limit} devices already, as many as there may be',
    todo: 'Close one, or raise the limit with Device.init before the first',
  },
  DEVICE_ARGUMENT: {
    exit: 1,
    what: '{call} cannot take this {argument}: {reason}',
    todo: 'docs/gpudev.md says what it takes',
  },
  DEVICE_DRIVER: {
    exit: 1,
    what: 'the driver of {device} failed at {call}: {reason}',
    todo: 'Close the device; opened again it is as new',
  },
  MEMORY_UNKNOWN: {
    exit: 1,
    what: '{address} is not {kind} of device {device}',
    todo: 'Give back what was given out, by the address it had then, once',
  },
  MEMORY_MAPPED: {
    exit: 1,
    what: '{address} of device {device} is mapped for the CPU',
    todo: 'Call cpuUnmap before',
  },
  HOST_MEMORY: {
    exit: 1,
    what: 'there are no {bytes} bytes of host memory: {reason}',
    todo: 'Ask for less, or free some memory',
  },
  COMM_LIST_STATE: {
    exit: 1,
    what: '{call}: item {item} is {status}',
    todo: 'Call it when the item is {wanted}',
  },
  COMM_DESTROYED: {
    exit: 1,
    what: '{call} came after destroy, or after its device was closed',
    todo: 'Create a new one',
  },
  // These two come from bin/warpline itself, which loads nothing before it has looked.
  NODE_TOO_OLD: {
    exit: 1,
    what: 'this is Node {version}',
    todo: 'Run it with Node 20 or newer',
  },
  NOT_BUILT: {
    exit: 1,
    what: '{file} is not there',
    todo: 'Run "npm run build" in {checkout}',
  },
  NATIVE_MISSING: {
    exit: 1,
    what: 'the DPDK addon {file} does not load: {reason}',
    todo: 'Run "npm run build" in the checkout (it needs the packages libdpdk-dev and build-essential)',
  },
  GPU_ILLEGAL_ADDRESS: {
    exit: 1,
    what: 'the GPU is lost: {who} met an illegal address: {reason}',
    todo: 'Pass addresses of allocated or registered memory only, then open the GPU again',
  },
  GPU_LAUNCH_FAILED: {
    exit: 1,
    what: 'the GPU is lost: {who} failed: {reason}',
    todo: 'Correct it, then open the GPU again',
  },
  GPU_OUT_OF_MEMORY: {
    exit: 1,
    what: 'no {bytes} bytes of device memory in one piece, {free} of {total} are free',
    todo: 'Free device memory or allocate less',
  },
  GPU_OUT_OF_RESOURCES: {
    exit: 1,
    what: 'the GPU has no more {what} than {limit}',
    todo: 'Destroy those no longer needed',
  },
  GPU_STUCK: {
    exit: 1,
    what: 'something on {device} does not end',
    todo: 'End this process: it goes with it',
  },
  KERNEL_STUCK: {
    exit: 1,
    what: 'kernel {kernel} (method {method}) is stuck: {what} for {ms} ms',
    todo: 'Correct what does not end in it, or give it more time with --watchdog-ms (now {limit})',
  },
  GPU_LOST_BEFORE: {
    exit: 1,
    what: 'this process has lost {device} before: {reason}',
    todo: 'Open it in a new process: CUDA gives it to this one no more',
  },
  CUDA_FAILED: {
    exit: 1,
    what: 'CUDA fails at {call}: {reason}',
    todo: 'Run "nvidia-smi" to see whether the driver is well and nobody else fills the GPU',
  },
  CUDA_COMPILER: {
    exit: 1,
    what: 'there is no CUDA compiler for this kernel: {reason}',
    todo: 'Install NVRTC 12 or 13 (it comes with the CUDA toolkit) where the loader finds it',
  },
  GPU_MEMORY_BUSY: {
    exit: 1,
    what: '{call} of {address}: a kernel that does not return still uses that memory',
    todo: 'End the kernel first, or close the GPU',
  },
} as const satisfies Record<string, { exit: 1 | 2; what: string; todo: string }>;

export type ErrorCode = keyof typeof catalogue;
type Details = Record<string, string | number>;

/** An error from the catalogue: `code`, the `exit` status it stands for, and one clear line. */
export class WarplineError extends Error {
  override readonly name = 'WarplineError';
  readonly exit: 1 | 2;

  constructor(
    readonly code: ErrorCode,
    readonly details: Details = {},
  ) {
    const entry = catalogue[code];
    super(`${fill(entry.what, details)}. ${fill(entry.todo, details)}.`);
    this.exit = entry.exit;
  }

  /** The line that goes to standard error: `warpline: CODE: what is wrong. What to do.` */
  get line(): string {
    return `warpline: ${this.code}: ${this.message}`;
  }
}

/** Ends what is being done with an error from the catalogue. */
export function fail(code: ErrorCode, details: Details = {}): never {
  throw new WarplineError(code, details);
}

function fill(text: string, details: Details): string {
  const filled = text.replace(/\{(\w+)\}/g, (_, key: string) => String(details[key] ?? `{${key}}`));
  // One line always, whatever a library or a file name put into it.
  return filled.replace(/\s*[\r\n]+\s*/g, ' ').replace(/\p{Cc}/gu, '?');
}
