import type { Command } from 'commander';
import {
  completeL2fwdOptions,
  type L2fwdGiven,
  type L2fwdOptions,
  l2fwdOptions,
} from '../apps/l2fwd/options.js';
import type { L2fwdResult, L2fwdSnapshot } from '../apps/l2fwd/result.js';
import { flag, type OptionDeclaration, text } from '../apps/option.js';
import { fail } from '../errors.js';
import { StatsServer } from '../stats/server.js';
import { version } from '../version.js';
import { addExamples, addOptions, type Given, givenOptions, makeCommand } from './command.js';
import { readConfig } from './config.js';
import { jsonText } from './json-output.js';
import { LiveStatistics } from './live.js';
import { checkOutputFile } from './output-file.js';
import { RunFailed } from './run-failed.js';
import type { Shell } from './shell.js';
import { summary } from './summary.js';

/** src/apps/l2fwd/run.ts, or a test's stand-in. */
export type RunL2fwd = (
  options: L2fwdOptions,
  hooks?: {
    stop?: AbortSignal;
    onStart?(control: { snapshot(): L2fwdSnapshot }): void;
    warn?(message: string): void;
  },
) => Promise<L2fwdResult>;

/** The options of a run, and those that only concern what is printed. */
const table: readonly OptionDeclaration[] = [
  ...l2fwdOptions,
  {
    name: 'json',
    help: 'the result as one JSON object on standard output, nothing else there',
    type: flag(),
  },
  { name: 'quiet', help: 'no live statistics on standard error', type: flag() },
  {
    name: 'config',
    metavar: 'FILE',
    help:
      'the same options in a file (YAML or JSON), named without the dashes; the command line ' +
      'wins (--no-verify, --no-json and so on take a true back)',
    type: text('the name of a file'),
    notInConfig: true,
  },
];

/** `warpline l2fwd`: options in, live statistics meanwhile, a summary or JSON out. */
export function l2fwdCommand(shell: Shell, run: RunL2fwd = runL2fwd): Command {
  const command = makeCommand('l2fwd', 'forward packets, their MAC addresses swapped', shell);
  addOptions(command, table).usage('(--port DEVARGS [--port DEVARGS] | --in FILE) [options]');
  addExamples(command, [
    [
      'the frames of a capture, each one checked, into another capture',
      'warpline l2fwd --in a.pcap --out b.pcap --verify',
    ],
    [
      'ten seconds of made-up 64-byte frames, no GPU, the result for a script',
      'warpline l2fwd --port net_null0,size=64 --device software --duration 10 --json',
    ],
    [
      'frames of its own at 6 million a second, checked when they come back, in GPU memory',
      'warpline l2fwd --port traffic0,size=1024,mpps=6 --device cuda:0 --memory gpu --duration 5',
    ],
    [
      'between two ports, a kernel launched for what is ready, two queue pairs each',
      'warpline l2fwd --port 0000:3b:00.0 --port 0000:3b:00.1 --method launch --pipelines 2',
    ],
    [
      'a capture through a packet function of your own in CUDA C++',
      'warpline l2fwd --in a.pcap --out b.pcap --kernel mine.cu:touch',
    ],
    [
      'options from a file, one of them overruled',
      'warpline l2fwd --config l2fwd.yaml --burst 128',
    ],
  ]);
  return command.action(async () => {
    const { json, quiet, ...options } = await readOptions(command);
    const { out, in: input, trace } = options;
    if (out !== undefined) checkOutputFile(out, input);
    if (trace !== undefined) checkOutputFile(trace, input, '--trace');
    const live = new LiveStatistics(shell);
    const warn = (message: string) => live.say(`warpline: warning: ${message}`);
    let server: StatsServer | undefined;
    const result = await run(options, {
      stop: shell.stop,
      onStart: (control) => {
        if (!quiet) live.start(control);
        server = serveStats(options, control, warn);
      },
      warn,
    }).finally(() => {
      live.stop();
      server?.close();
    });
    shell.out(json ? jsonText(result) : summary(result));
    if (result.error !== undefined) throw new RunFailed(result.error);
    if (result.verify !== undefined && result.verify.wrong > 0) {
      fail('VERIFY_WRONG', result.verify);
    }
    refuseWrongTraffic(result);
  });
}

/** For `warpline stats`. Without it a run goes on as well. */
function serveStats(
  { method }: L2fwdOptions,
  control: { snapshot(): L2fwdSnapshot },
  warn: (message: string) => void,
): StatsServer {
  const { pid } = process;
  const server = new StatsServer(() => {
    return { app: 'l2fwd', version, pid, method, snapshot: control.snapshot() };
  });
  server.start().catch((error: Error) => {
    warn(`"warpline stats" will not find this run: ${error.message}`);
  });
  return server;
}

function refuseWrongTraffic({ traffic }: L2fwdResult): void {
  if (traffic === undefined) return;
  const { wrong, received, outOfOrder: late, duplicated: twice } = traffic;
  if (wrong + late + twice > 0) fail('TRAFFIC_WRONG', { wrong, received, late, twice });
}

async function readOptions(command: Command): Promise<L2fwdOptions & Printing> {
  const { config, ...typed } = givenOptions(command, table);
  let given: Given = typed;
  if (typeof config === 'string') {
    const fromFile = await readConfig(config, table, command.name());
    // Where packets come from is one choice: made on the command line, the file's does not count.
    if (typed.port !== undefined || typed.in !== undefined) {
      delete fromFile.port;
      delete fromFile.in;
      if (typed.port !== undefined) delete fromFile.out;
    }
    given = { ...fromFile, ...typed };
  }
  // The table has judged every value: its types are those of L2fwdOptions.
  const { json = false, quiet = false, ...options } = given as L2fwdGiven & Partial<Printing>;
  return { ...completeL2fwdOptions(options), json, quiet };
}

interface Printing {
  json: boolean;
  quiet: boolean;
}

/** Loaded when it runs, so that help and option errors need neither DPDK nor a built addon. */
const runL2fwd: RunL2fwd = async (options, hooks) => {
  const app = await import('../apps/l2fwd/run.js');
  return app.runL2fwd(options, hooks);
};
