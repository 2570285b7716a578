import { closeSync, constants, openSync, type Stats, statSync, unlinkSync } from 'node:fs';
import { dirname } from 'node:path';
import { fail } from '../errors.js';
import { reasonOf } from './system-error.js';

/**
 * Makes sure, before anything is set up, that `file` can be written and is not `input` by another
 * name. Leaves the file system as it was. `option`: what names the file.
 * @throws OUTPUT_UNUSABLE.
 */
export function checkOutputFile(file: string, input: string | undefined, option = '--out'): void {
  const refuse = (reason: string, advice: string): never =>
    fail('OUTPUT_UNUSABLE', { file, reason, advice });

  const there = status(file);
  const source = input === undefined ? undefined : status(input);
  if (there !== undefined && there.ino === source?.ino && there.dev === source.dev) {
    refuse('it is the file that is read', `Give ${option} another name`);
  }
  if (there?.isDirectory()) refuse('it is a directory', 'Name a file in it');
  const folder = dirname(file);
  if (there === undefined && !status(folder)?.isDirectory()) {
    refuse(`there is no directory ${folder}`, 'Make it, or name another one');
  }
  // A FIFO or a device is taken as it is: opening one may wait for its other end.
  if (there !== undefined && !there.isFile()) return;
  try {
    // Permission bits do not tell all: a file system may be full or read-only.
    closeSync(openSync(file, constants.O_WRONLY | constants.O_CREAT, 0o666));
    if (there === undefined) unlinkSync(file);
  } catch (cause) {
    refuse(reasonOf(cause), 'Name a file that you may write');
  }
}

function status(path: string): Stats | undefined {
  try {
    return statSync(path);
  } catch {
    // Not there, or not to be seen: opening it will say which.
    return undefined;
  }
}
