import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fail } from '../errors.js';
import { native } from '../memory/native.js';

export interface EalOptions {
  /** Memory for rings and mbufs without buffers, in MiB. Untouched pages cost nothing. */
  memoryMb?: number;
  /** Look for PCI devices too; vdevs need no scan. */
  pci?: boolean;
  /** DPDK's own log to standard error. */
  log?: boolean;
  /** More EAL arguments, after ours. */
  args?: string[];
}

let running = false;
let runtime: string | undefined;

/**
 * DPDK's environment abstraction layer. It starts once in a process and serves everything in it;
 * a second `start` is no error. It needs neither root nor huge pages (`--no-huge`), and shares no
 * configuration (`--no-shconf`), so that programs live side by side.
 * Source: DPDK Programmer's Guide, "Environment Abstraction Layer"; EAL parameters guide.
 */
export const Eal = {
  get running(): boolean {
    return running;
  },

  get version(): string {
    return native.dpdkVersion();
  },

  start(options: EalOptions = {}): void {
    if (running) return;
    const cpu = native.lcoreCpus()[0];
    // EAL makes a folder for its run-time files even when it has none: not where it would stay.
    runtime ??= makeRuntime();
    process.env.RUNTIME_DIRECTORY ??= runtime;
    const args = [
      'warpline',
      '--no-huge',
      '--no-shconf',
      '--no-telemetry',
      '--iova-mode=va',
      '-m',
      String(options.memoryMb ?? 512),
      // One EAL lcore, ours to ignore: the data plane's are worker threads that register themselves.
      '--lcores',
      `0@${cpu}`,
      ...(options.pci ? [] : ['--no-pci']),
      ...(options.args ?? []),
    ];
    try {
      native.ealInit(args, options.log ?? false);
    } catch (cause) {
      fail('EAL_START', { reason: lastWords(cause) });
    }
    running = true;
    native.logTake();
  },

  /** Ends EAL; it cannot start again in this process. Close ports and pools first. */
  stop(): void {
    if (!running) return;
    running = false;
    native.ealCleanup();
    removeRuntime();
  },

  /** Cycles a second of the time-stamp counter. */
  get tscHz(): number {
    return native.tscHz();
  },
};

function makeRuntime(): string {
  process.once('exit', removeRuntime);
  return mkdtempSync(join(tmpdir(), 'warpline-eal-'));
}

function removeRuntime(): void {
  if (runtime !== undefined) rmSync(runtime, { recursive: true, force: true });
}

/** Lines that say what is found on the way, or only that something failed. */
const CHATTER = [
  /Failed to attach|failed to (init|probe)/i,
  /^EAL: (Detected|Selected|Static memory|Physical addresses)/,
  // net_memif says so whenever it starts without shared configuration, and works.
  /Failed to register mp action/,
];

/** The most telling line DPDK logged about a failure, else the failure's own message. */
export function lastWords(cause: unknown): string {
  const lines = native
    .logTake()
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');
  const message = (cause as Error).message;
  const telling = lines.find((line) => !CHATTER.some((chatter) => chatter.test(line)));
  const best = telling ?? lines.at(-1);
  return best === undefined ? message : `${message} (${best.replace(/[.\s]+$/, '')})`;
}
