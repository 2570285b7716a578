import { type Command, CommanderError } from 'commander';
import { WarplineError } from '../errors.js';
import { version } from '../version.js';
import { type BenchCpu, benchCommand } from './bench.js';
import type { BenchMethods } from './bench-methods.js';
import { addExamples, makeCommand } from './command.js';
import { type Devices, devicesCommand } from './devices.js';
import { type Doctor, doctorCommand } from './doctor.js';
import { l2fwdCommand, type RunL2fwd } from './l2fwd.js';
import { reportCommand } from './report.js';
import { RunFailed } from './run-failed.js';
import { type Shell, streams } from './shell.js';
import { type FindRun, statsCommand } from './stats.js';
import { traceCommand } from './trace.js';
import { type Tune, tuneCommand } from './tune.js';

/** What runs behind the commands, for tests to replace. */
export interface Apps {
  l2fwd?: RunL2fwd;
  benchCpu?: BenchCpu;
  benchMethods?: BenchMethods;
  doctor?: Doctor;
  devices?: Devices;
  stats?: FindRun;
  tune?: Tune;
}

/**
 * Runs one command line, `args` without node and script. Returns the exit status: 0 done, 1 failed
 * while running, 2 wrong use; an error leaves one line on standard error.
 */
export async function main(args: string[], shell: Shell, apps: Apps = {}): Promise<0 | 1 | 2> {
  try {
    await program(shell, apps).parseAsync(args, { from: 'user' });
    return 0;
  } catch (error) {
    if (error instanceof CommanderError && error.exitCode === 0) return 0;
    return report(error, shell);
  }
}

/** Runs the command line of this process. For bin/warpline, which knows the signals. */
export function mainOfProcess(signals: Pick<Shell, 'stop' | 'quitAtOnce'>): Promise<0 | 1 | 2> {
  const shell: Shell = {
    ...signals,
    out: streams.out,
    err: streams.err,
    get columns() {
      return streams.columns;
    },
    get outColumns() {
      return streams.outColumns;
    },
  };
  for (const event of ['uncaughtException', 'unhandledRejection']) {
    process.on(event, (error) => process.exit(report(error, shell)));
  }
  return main(process.argv.slice(2), shell);
}

/** Says what went wrong, in one line (WARPLINE_DEBUG adds the stack). Returns the exit status. */
export function report(error: unknown, shell: Pick<Shell, 'err'>): 1 | 2 {
  const ours = error instanceof WarplineError || error instanceof RunFailed;
  const known = ours ? error : internal(error);
  shell.err(`${known.line}\n`);
  if (process.env.WARPLINE_DEBUG) {
    shell.err(`${error instanceof Error ? error.stack : new Error().stack}\n`);
  }
  return known.exit;
}

function internal(error: unknown): WarplineError {
  const reason = error instanceof Error ? error.message || error.name : String(error);
  return new WarplineError('INTERNAL', { reason: reason.replace(/\.$/, '') });
}

function program(shell: Shell, apps: Apps): Command {
  const warpline = makeCommand(
    'warpline',
    'inline packet processing on GPUs, over DPDK ports',
    shell,
  );
  warpline.version(version, '-V, --version', 'print the version');
  warpline.addCommand(l2fwdCommand(shell, apps.l2fwd));
  warpline.addCommand(statsCommand(shell, apps.stats));
  warpline.addCommand(benchCommand(shell, apps.benchCpu, apps.benchMethods));
  warpline.addCommand(tuneCommand(shell, apps.tune));
  warpline.addCommand(reportCommand(shell));
  warpline.addCommand(devicesCommand(shell, apps.devices));
  warpline.addCommand(doctorCommand(shell, apps.doctor));
  warpline.addCommand(traceCommand(shell));
  return addExamples(warpline, [
    [
      'the frames of a capture, each one checked, into another capture',
      'warpline l2fwd --in a.pcap --out b.pcap --verify',
    ],
    ['what l2fwd takes', 'warpline l2fwd --help'],
    ['which ports and GPUs there are', 'warpline devices'],
  ]);
}
