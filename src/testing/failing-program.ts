import { fileURLToPath } from 'node:url';
import { runL2fwd } from '../apps/l2fwd/run.js';
import { main } from '../cli/main.js';
import { streams } from '../cli/shell.js';
import type { Kernel } from '../kernels/kernel.js';
import { run } from './command-line.js';
import type * as kernels from './failing-kernels.js';
import { type L2fwdEnded, parsed } from './l2fwd-program.js';

/*
 * l2fwd with one of the failing kernels, in a process of its own: after some of them CUDA gives the
 * GPU to this process no more, and whether the process ends at all is what is to be seen.
 */

type Failing = {
  [name in keyof typeof kernels]: (typeof kernels)[name] extends Kernel ? name : never;
}[keyof typeof kernels];

const file = fileURLToPath(import.meta.url);

/** Runs it on a device; one that does not end within a minute is killed, and has status null. */
export async function l2fwdFailing(
  kernel: Failing,
  device: string,
  args: string[],
): Promise<L2fwdEnded> {
  const all = ['l2fwd', '--device', device, '--json', ...args];
  return parsed(await run(process.execPath, [file, kernel, ...all]));
}

if (process.argv[1] === file) {
  const [name, ...args] = process.argv.slice(2);
  const { [name]: kernel } = (await import('./failing-kernels.js')) as unknown as Record<
    string,
    Kernel
  >;
  const shell = { ...streams, stop: new AbortController().signal, quitAtOnce() {} };
  process.exitCode = await main(args, shell, {
    l2fwd: (options, hooks) => runL2fwd(options, hooks, kernel),
  });
}
