import type { z } from 'zod';
import { fail } from '../errors.js';
import { decodeTrace } from '../trace/read.js';
import type { Timeline } from '../trace/timeline.js';
import { l2fwdRows } from './l2fwd-rows.js';
import { benchFile, l2fwdRun, l2fwdRuns, type Result } from './result-file.js';
import { aboutOf, type Trace, traceFile, traceOf, tracksOf } from './trace-file.js';

/**
 * What a file holds: a result of a bench, results of l2fwd, or a trace.
 * @throws REPORT_NOT_RESULT.
 */
export function interpret(file: string, bytes: Uint8Array): Result | Trace {
  // JSON may begin so as well, with an empty line, but then it is JSON.
  const first = bytes[0] === PERFETTO ? timelineOf(bytes) : undefined;
  if (first instanceof Object) return traceOf(file, first);
  try {
    return contentOf(file, JSON.parse(new TextDecoder().decode(bytes)));
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    const why = first ?? `it is not JSON: ${error.message}`;
    return fail('REPORT_NOT_RESULT', { file, reason: why });
  }
}

/** How a trace in Perfetto's own format begins: field 1, a message. */
const PERFETTO = (1 << 3) | 2;

/** The timeline, or why it is none. */
function timelineOf(bytes: Uint8Array): Timeline | string {
  try {
    return decodeTrace(bytes);
  } catch (error) {
    return `it is no trace that l2fwd wrote: ${(error as Error).message}`;
  }
}

/** Told apart by what they have. */
function contentOf(file: string, content: unknown): Result | Trace {
  if (has(content, 'bench')) return resultOf(file, checked(file, benchFile, content));
  if (has(content, 'runs')) {
    const { runs, ...place } = checked(file, l2fwdRuns, content);
    return resultOf(file, { ...place, bench: 'l2fwd', rows: l2fwdRows(runs) });
  }
  if (has(content, 'app')) {
    const run = checked(file, l2fwdRun, content);
    const machine: Record<string, string> = {};
    if (run.device !== undefined) machine.gpu = run.device.name;
    return resultOf(file, {
      bench: 'l2fwd',
      version: run.version,
      machine,
      rows: l2fwdRows([run]),
    });
  }
  // The format allows the list of events alone as well.
  const trace = Array.isArray(content) ? { traceEvents: content } : content;
  if (has(trace, 'traceEvents')) {
    const { traceEvents } = checked(file, traceFile, trace);
    return { file, tracks: tracksOf(traceEvents), about: aboutOf(traceEvents) };
  }
  const reason = 'it has neither "bench" nor "runs" nor "traceEvents"';
  return fail('REPORT_NOT_RESULT', { file, reason });
}

function has(content: unknown, field: string): boolean {
  return typeof content === 'object' && content !== null && field in content;
}

function checked<Schema extends z.ZodType>(
  file: string,
  schema: Schema,
  content: unknown,
): z.infer<Schema> {
  const { error } = schema.safeParse(content);
  // As it came, not as zod has copied it: fields keep their order, which tables show.
  if (error === undefined) return content as z.infer<Schema>;
  const [{ path, message }] = error.issues;
  const where = path.map((part) => (typeof part === 'number' ? `[${part}]` : `.${String(part)}`));
  const at = where.join('').replace(/^\./, '') || 'it';
  return fail('REPORT_NOT_RESULT', { file, reason: `${at}: ${message}` });
}

function resultOf(file: string, given: Partial<z.infer<typeof benchFile>>): Result {
  const { bench = '', version, commit, date, command, machine = {}, rows = [] } = given;
  const { lines = [], floor = [], skipped = [], interrupted = false, error, sweep } = given;
  const known = Object.entries(machine).filter(([, value]) => value !== null);
  return {
    file,
    bench,
    version,
    commit,
    date,
    command,
    port: sweep?.port ?? sweep?.ports?.[0],
    rows,
    lines,
    floor,
    skipped,
    interrupted,
    machine: Object.fromEntries(known.map(([name, value]) => [name, String(value)])),
    ...(error !== undefined && { error: `${error.code}: ${error.message}` }),
  };
}
