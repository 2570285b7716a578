import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fail, WarplineError } from '../errors.js';
import { interpret } from '../report/interpret.js';
import type { Result } from '../report/result-file.js';
import type { Trace } from '../report/trace-file.js';
import { reasonOf } from './system-error.js';

/**
 * What lies in these files, and in the JSON files and traces of these folders. A file of a folder that is no
 * result is left out, and `leave` hears why: nobody named it.
 * @throws REPORT_READ, and for a file that was named REPORT_NOT_RESULT.
 */
export function readInputs(
  places: readonly string[],
  leave: (why: string) => void,
): (Result | Trace)[] {
  return places.flatMap((place) =>
    filesAt(place).flatMap((file) => {
      const bytes = attempt(file, () => readFileSync(file));
      try {
        return interpret(file, bytes);
      } catch (error) {
        if (!(error instanceof WarplineError) || file === place) throw error;
        leave(error.message);
        return [];
      }
    }),
  );
}

function filesAt(place: string): string[] {
  return attempt(place, () => {
    if (!statSync(place).isDirectory()) return [place];
    const names = readdirSync(place).filter((name) => /\.(json|pftrace)$/.test(name));
    return names.toSorted().map((name) => join(place, name));
  });
}

function attempt<T>(file: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    return fail('REPORT_READ', { file, reason: reasonOf(error) });
  }
}
