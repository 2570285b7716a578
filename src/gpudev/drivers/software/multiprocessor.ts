import { parentPort, workerData } from 'node:worker_threads';
import { native } from '../../../memory/native.js';
import type { KernelSource } from '../../driver.js';
import { Board, CLOSED } from './board.js';
import { importKernel } from './kernel-table.js';
import { Processor } from './processor.js';

/**
 * The thread of a multiprocessor. It leaves the processor's loop only for mail, a kernel to load:
 * importing needs the event loop. Blocks that are resident wait meanwhile and then go on.
 */
export interface MultiprocessorData {
  readonly board: SharedArrayBuffer;
  readonly number: number;
}

/** To a multiprocessor. MAIL on the board counts up after each. */
export interface LoadMail {
  readonly id: number;
  readonly source: KernelSource;
}

/** From it: it has started, or it has loaded (or cannot load) a kernel. */
export type MultiprocessorReply =
  | { readonly type: 'started' }
  | { readonly type: 'loaded'; readonly id: number; readonly reason?: string };

const { board: shared, number } = workerData as MultiprocessorData;
const port = parentPort as NonNullable<typeof parentPort>;
const board = new Board(shared);
const processor = new Processor(board, number);

function reply(message: MultiprocessorReply): void {
  port.postMessage(message);
}

function work(): void {
  if (processor.run() === 'closed') port.close();
}

port.on('message', async ({ id, source }: LoadMail) => {
  try {
    processor.kernels[id] = await importKernel(source);
    reply({ type: 'loaded', id });
  } catch (error) {
    reply({ type: 'loaded', id, reason: (error as Error)?.message ?? String(error) });
  }
  processor.handled++;
  work();
});

// A kernel may end the thread (process.exit), or break it outside any try.
process.on('exit', () => {
  if (Atomics.load(board.words, CLOSED) !== 0) return;
  processor.lose({ kind: 'launch-failure', message: `multiprocessor ${number} ended` });
});

native.lcoreName(`gpu-sm${number}`);
reply({ type: 'started' });
work();
