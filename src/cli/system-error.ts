import { getSystemErrorMap } from 'node:util';

/** What the operating system says about a failed call: `no such file or directory`. */
export function reasonOf(error: unknown): string {
  const { errno, code, message } = error as NodeJS.ErrnoException;
  // A path with a zero byte in it never reaches the system.
  if (code === 'ERR_INVALID_ARG_VALUE') return 'no path is like that';
  return (errno !== undefined && getSystemErrorMap().get(errno)?.[1]) || message;
}
