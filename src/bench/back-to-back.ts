import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { MemoryKind, MethodName } from '../apps/l2fwd/options.js';
import { Eal } from '../dpdk/eal.js';
import { WarplineError } from '../errors.js';
import { holdingGpus } from '../gpudev/drivers.js';
import { type BackToBackRound, runRound, type Second } from './back-to-back-round.js';
import { type BackToBackRow, rowOf } from './back-to-back-row.js';
import type { Link } from './generator.js';
import { type Origin, origin } from './machine.js';
import { RunEnded } from './middle.js';
import { findTestpmd } from './testpmd.js';

export interface BackToBackOptions {
  port: Link;
  methods: MethodName[];
  /** Lengths of frames in bytes, no check sequence. */
  sizes: number[];
  /** Queues of the port, each with a pipeline. */
  queues: number[];
  device?: string;
  memory: MemoryKind;
  burst: number;
  /** Seconds measured in each round, after the warm-up. */
  seconds: number;
  rounds: number;
  verify: boolean;
  /** testpmd lends its mbufs over memif: only l2fwd copies, and testpmd takes huge pages. */
  zeroCopy: boolean;
  /** Nothing goes back: l2fwd sends to a net_null port, as a probe does that only looks. */
  oneWay: boolean;
  /** Also measure testpmd `macswap` in l2fwd's place, in turn with it. */
  macswap: boolean;
  /** The dpdk-testpmd to run, as findTestpmd takes it. */
  testpmd?: string;
}

/** What is varied: one row each. */
export interface BackToBackPoint {
  method: MethodName;
  frameBytes: number;
  queues: number;
}

export interface BackToBackResult extends Origin {
  bench: 'back-to-back';
  rows: BackToBackRow[];
  /** Ctrl-C ended it: the rows are of the points that were over by then. */
  interrupted?: true;
  /** What ended it early; the rows are of the points that were over by then. */
  error?: { code: string; message: string };
}

export interface BackToBackHooks {
  stop?: AbortSignal;
  progress?(line: string): void;
  /** The command line, for the report. */
  command?: string;
}

/**
 * l2fwd and dpdk-testpmd back to back, as two servers in a rack: testpmd makes frames and takes
 * them back over memif or vhost, l2fwd forwards them. Every frame is accounted for from end to end.
 * @throws what a run of l2fwd throws when it cannot start, TESTPMD, TESTPMD_MISSING.
 */
export async function benchBackToBack(
  options: BackToBackOptions,
  { stop, progress = () => {}, command }: BackToBackHooks = {},
): Promise<BackToBackResult> {
  const program = findTestpmd(options.testpmd);
  const folder = mkdtempSync(join(tmpdir(), 'warpline-link-'));
  const rows: BackToBackRow[] = [];
  let error: BackToBackResult['error'];
  try {
    Eal.start();
    await holdingGpus(() => everyPoint({ options, program, folder, stop, progress }, rows));
  } catch (cause) {
    error = failure(cause, rows);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  const lost = rows.find((row) => !row.balanced);
  if (lost !== undefined) error ??= lossOf(lost);
  return {
    bench: 'back-to-back',
    ...origin(command),
    rows,
    ...(stop?.aborted && { interrupted: true as const }),
    ...(error && { error }),
  };
}

interface Bench {
  options: BackToBackOptions;
  /** testpmd's. */
  program: string;
  /** Where sockets go. */
  folder: string;
  stop: AbortSignal | undefined;
  progress(line: string): void;
}

/** A row for each point, as soon as its rounds are over. */
async function everyPoint(bench: Bench, rows: BackToBackRow[]): Promise<void> {
  const { options, program, folder, stop, progress } = bench;
  for (const point of pointsOf(options)) {
    const ours: BackToBackRound[] = [];
    const theirs: BackToBackRound[] = [];
    for (let round = 0; round < options.rounds && !stop?.aborted; round++) {
      const run = async (rounds: BackToBackRound[], who: string, inPlace: boolean) => {
        if (stop?.aborted) return;
        const path = join(folder, `${rows.length}-${round}-${who}.sock`);
        const say = (second: Second) => progress(`${nameOf(point)}, ${who}: ${line(second)}`);
        rounds.push(await runRound({ options, point, program, path, inPlace, say, stop }));
      };
      const turns = [() => run(ours, 'l2fwd', false)];
      if (options.macswap) turns.push(() => run(theirs, 'testpmd', true));
      for (const turn of round % 2 === 0 ? turns : turns.reverse()) await turn();
    }
    if (ours.length > 0) rows.push(rowOf(options, point, ours, theirs));
    if (stop?.aborted) return;
  }
}

function pointsOf({ methods, sizes, queues }: BackToBackOptions): BackToBackPoint[] {
  return queues.flatMap((queues) =>
    sizes.flatMap((frameBytes) => methods.map((method) => ({ method, frameBytes, queues }))),
  );
}

function nameOf({ method, frameBytes, queues }: BackToBackPoint): string {
  return `${method} ${frameBytes} B${queues > 1 ? ` ${queues} queues` : ''}`;
}

/** What happened in one second. */
function line({ second, sent, rx, tx, back, dropped, mpps, gbps }: Second): string {
  const passed = rx === undefined ? [] : [`rx ${rx}`, `tx ${tx}`, `dropped ${dropped}`];
  const rate = `${mpps.toFixed(3)} Mpps ${gbps.toFixed(3)} Gbit/s`;
  return [`${second} s`, `sent ${sent}`, ...passed, `back ${back}`, rate].join('  ');
}

/** What ended a bench that has rows to show; without any it is thrown as it is. */
function failure(cause: unknown, rows: unknown[]): BackToBackResult['error'] {
  if (cause instanceof RunEnded) return cause.failure;
  if (!(cause instanceof WarplineError) || rows.length === 0) throw cause;
  return { code: cause.code, message: cause.message };
}

function lossOf(row: BackToBackRow): BackToBackResult['error'] {
  const { method, frameBytes, queues, sent, rx, tx, back } = row;
  const dropped = Object.values(row.dropped).reduce((sum, n) => sum + n, 0);
  const totals = `sent ${sent}, rx ${rx}, tx ${tx}, dropped ${dropped}, back ${back}`;
  const counts = `${nameOf({ method, frameBytes, queues })}: ${totals}`;
  const { code, message } = new WarplineError('FRAMES_LOST', { counts });
  return { code, message };
}
