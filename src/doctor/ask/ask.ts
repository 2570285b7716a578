import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Tree } from '../tree.js';
import type { Answer, Answers, CudaAnswer, DpdkAnswer } from './answers.js';

/** Where a recording keeps what the libraries of its machine said. */
export const RECORDED = '/answers.json';

/** Milliseconds: EAL starts in a third of a second, a driver that wakes its GPU takes seconds. */
const PATIENCE = 30_000;

/**
 * Asks the libraries of this machine, or reads a recording's answers. Each library is asked in a
 * process of its own: one that aborts or hangs is a line of the report, not the end of it.
 */
export async function askLibraries(tree: Tree): Promise<Answers> {
  if (!tree.here) return JSON.parse(tree.text(RECORDED) ?? '{}') as Answers;
  const [dpdk, cuda] = await Promise.all([
    askProcess<DpdkAnswer>('dpdk'),
    askProcess<CudaAnswer>('cuda'),
  ]);
  if ('answer' in cuda) return { dpdk, cuda: cuda.answer };
  return { dpdk, cuda: { devices: cuda } };
}

function askProcess<T>(library: string): Promise<Answer<T>> {
  const program = fileURLToPath(new URL(`./${library}.js`, import.meta.url));
  const options = { timeout: PATIENCE, killSignal: 'SIGKILL' as const };
  return new Promise((resolve) => {
    const child = execFile(process.execPath, [program], options, (error, stdout) => {
      const line = stdout.trim().split('\n').at(-1) ?? '';
      if (line.startsWith('{')) return resolve(JSON.parse(line) as Answer<T>);
      const end = error?.signal ?? `status ${error?.code ?? 0}`;
      const late = error?.killed ? `it did not answer within ${PATIENCE / 1000} s` : undefined;
      resolve({ failure: late ?? `it ended with ${end} and said nothing` });
    });
    child.stdin?.end();
  });
}
