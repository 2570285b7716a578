import type { L2fwdOptions } from '../apps/l2fwd/options.js';
import type { L2fwdResult, L2fwdSnapshot } from '../apps/l2fwd/result.js';
import { runL2fwd } from '../apps/l2fwd/run.js';
import type { StageCounts } from '../telemetry/stages.js';
import { countsOf, listening } from './generator.js';
import { Testpmd, type TestpmdOptions } from './testpmd.js';

/** What a middle has received and sent. */
export interface Passed {
  rx: number;
  tx: number;
  missed: number;
  dropped: Record<string, number>;
}

/** Who forwards between the generator's sending and its receiving: l2fwd, or a testpmd in its place. */
export interface Middle {
  /** What has passed so far; undefined where only the end will tell. */
  passed(): Passed | undefined;
  /** What its stages have done so far; absent where nobody counts them. */
  stages?(): StageCounts[];
  /** Ends it, when nothing is under way any more, and gives what has passed. */
  end(): Promise<Passed & { result?: L2fwdResult }>;
  /** Ends it whatever is under way. */
  abandon(): Promise<void>;
}

/** l2fwd ended with an error of its own. */
export class RunEnded extends Error {
  constructor(readonly failure: { code: string; message: string }) {
    super(failure.message);
  }
}

/** l2fwd in this process. Settles when its port is open and its lcores run. */
export async function l2fwdMiddle(options: Partial<L2fwdOptions>): Promise<Middle> {
  const stop = new AbortController();
  let snapshot: (() => L2fwdSnapshot) | undefined;
  let run!: Promise<L2fwdResult>;
  const started = new Promise<void>((resolve) => {
    const onStart = (control: { snapshot(): L2fwdSnapshot }) => {
      snapshot = control.snapshot;
      resolve();
    };
    run = runL2fwd(options, { stop: stop.signal, onStart });
  });
  await Promise.race([started, run]);
  let ended: L2fwdResult | undefined;
  const note = (result: L2fwdResult) => {
    ended = result;
  };
  void run.then(note, () => {});
  return {
    passed() {
      // It ends by itself only where it fails.
      if (ended?.error !== undefined) throw new RunEnded(ended.error);
      return snapshot && passedBy(snapshot());
    },
    stages: () => snapshot?.().stages ?? [],
    async end() {
      stop.abort();
      const result = await run;
      if (result.error !== undefined) throw new RunEnded(result.error);
      return { ...passedBy(result), result };
    },
    async abandon() {
      stop.abort();
      await run.catch(() => {});
    },
  };
}

/** testpmd `macswap`. Settles when it listens on `path` and forwards. */
export async function testpmdMiddle(
  options: Omit<TestpmdOptions, 'forwardMode'>,
  path: string,
): Promise<Middle> {
  const testpmd = new Testpmd({ ...options, forwardMode: 'macswap' });
  try {
    await testpmd.ask('', /testpmd>/);
    await listening(path);
    await testpmd.ask('set flush_rx off', /testpmd>/);
    await testpmd.ask('start', /packet forwarding/i);
  } catch (error) {
    await testpmd.quit();
    throw error;
  }
  return {
    passed: () => undefined,
    async end() {
      const [, dropped] = await testpmd.ask(
        'stop',
        /Accumulated[\s\S]*?TX-dropped:\s+(\d+)[\s\S]*?Done\./,
      );
      const { back: rx, sent: tx } = await countsOf(testpmd);
      await testpmd.quit();
      return { rx, tx, missed: 0, dropped: { tx_full: Number(dropped) } };
    },
    abandon: () => testpmd.quit(),
  };
}

function passedBy({ rx, tx, dropped }: Pick<L2fwdSnapshot, 'rx' | 'tx' | 'dropped'>): Passed {
  return { rx: rx.packets, tx: tx.packets, missed: rx.missed, dropped };
}
