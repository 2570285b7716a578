import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readFrames, scanCapture } from '../capture/capture.js';
import { type ErrorCode, WarplineError } from '../errors.js';

/** A folder of its own for a test file's captures, gone when the process ends. */
export class Folder {
  readonly path = mkdtempSync(join(tmpdir(), 'warpline-test-'));
  private count = 0;

  constructor() {
    process.once('exit', () => rmSync(this.path, { recursive: true, force: true }));
  }

  /** Writes a file and returns its path. */
  file(bytes: Uint8Array | string, name = `${this.count++}.capture`): string {
    const path = join(this.path, name);
    writeFileSync(path, bytes);
    return path;
  }
}

/** Asserts that scanning and reading refuse a file alike, with `code`, and returns the line. */
export function refusal(file: string, code: ErrorCode): string {
  const errors = [() => scanCapture(file), () => [...readFrames(file)]].map((read) => {
    try {
      read();
    } catch (error) {
      assert.ok(error instanceof WarplineError, String(error));
      return error;
    }
    return assert.fail(`${file} was not refused`);
  });
  const [line, again] = errors.map((error) => error.line);
  assert.equal(line, again);
  assert.equal(errors[0].code, code, line);
  assert.doesNotMatch(line, /[\r\n]/);
  return line;
}
