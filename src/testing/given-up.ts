import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';

/** What V8 says when optimised code comes to something that it has not seen done, and where. */
const GIVEN_UP = /bailout \(kind: [\w-]+, reason: (Insufficient[^)]*)\).*<JSFunction (\w*)/g;

/**
 * Runs a module in a process of its own; tells which functions gave up their optimised code because they
 * did what they had not done before (`name: reason`).
 */
export function givenUp(module: string): string[] {
  const args = ['--trace-deopt', '--input-type=module', '--eval', module];
  const run = spawnSync(process.execPath, args, { encoding: 'utf8', timeout: 60_000 });
  assert.equal(run.status, 0, run.stderr);
  return [...run.stdout.matchAll(GIVEN_UP)].map(([, reason, name]) => `${name}: ${reason}`);
}
