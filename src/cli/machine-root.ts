import { statSync } from 'node:fs';
import { fail } from '../errors.js';
import { reasonOf } from './system-error.js';

/** The folder to look at. @throws ROOT_UNUSABLE. */
export function machineRoot(root = '/'): string {
  try {
    if (statSync(root).isDirectory()) return root;
  } catch (cause) {
    fail('ROOT_UNUSABLE', { folder: root, reason: reasonOf(cause) });
  }
  return fail('ROOT_UNUSABLE', { folder: root, reason: 'it is no folder' });
}
