import { fail } from '../../errors.js';
import type { L2fwdOptions } from './options.js';

/** Whom --header-split does not go with. @throws OPTION_CONFLICT, OPTION_MISSING */
export function refuseSplit(options: L2fwdOptions): void {
  const { headerSplit, memory, method, mbufSize } = options;
  refuseFunction(options);
  if (headerSplit === 0) return;
  const kind = `--memory ${memory}`;
  if (memory === 'host') conflict(kind, 'all of a frame is in host memory there');
  if (memory === 'staged') conflict(kind, 'frames are in host memory there, and copied');
  if (method === 'cpu') conflict('--method cpu', 'it gives no payload to a GPU');
  if (headerSplit > mbufSize)
    conflict('--mbuf-size', `an mbuf of ${mbufSize} bytes does not hold such a header`);
}

/** The same for --header-function, which is nothing without it. */
function refuseFunction({ headerSplit, headerFunction, verify, method }: L2fwdOptions): void {
  if (headerFunction === undefined) return;
  const [own, option] = ['--header-function', '--header-split'];
  if (headerSplit === 0)
    fail('OPTION_MISSING', {
      option,
      advice: `Say how many bytes a header has, or leave ${own} out`,
    });
  if (verify) conflict('--verify', 'what a function of your own may change is not known', own);
  if (method === 'io') conflict('--method io', 'io leaves every frame as it is', own);
}

function conflict(other: string, reason: string, option = '--header-split'): never {
  return fail('OPTION_CONFLICT', { options: `${option} and ${other}`, reason });
}
