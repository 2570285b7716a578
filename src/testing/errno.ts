import assert from 'node:assert/strict';
import { type ErrorCode, WarplineError } from '../errors.js';

/** Asserts that a call is refused with an error of the catalogue that carries this errno. */
export function refused(run: () => unknown, code: ErrorCode, errno: string): WarplineError {
  try {
    run();
  } catch (error) {
    return check(error, code, errno);
  }
  assert.fail(`nothing was thrown, ${code} (${errno}) was expected`);
}

/** The same for a promise. */
export async function rejected(
  promise: Promise<unknown>,
  code: ErrorCode,
  errno?: string,
): Promise<WarplineError> {
  const error = await promise.then(
    () => assert.fail(`nothing was thrown, ${code} was expected`),
    (e: unknown) => e,
  );
  return check(error, code, errno);
}

function check(error: unknown, code: ErrorCode, errno: string | undefined): WarplineError {
  if (!(error instanceof WarplineError)) throw error;
  assert.deepEqual([error.code, error.details.errno], [code, errno], error.message);
  // A person reads the line: it is one line, and nothing in it was left blank.
  assert.match(error.line, /^warpline: [A-Z_]+: [^\n]+\.$/);
  assert.doesNotMatch(error.line, /\{\w+\}|undefined/);
  return error;
}
