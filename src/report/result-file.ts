import { z } from 'zod';

const number = z.number();
const text = z.string();
/** Null: it was looked for and is not known. */
const measure = number.nullable().optional();

/** The full distribution behind a row's percentiles, as buckets that are not empty. */
const distribution = z
  .object({ us: z.array(number), packets: z.array(number.min(0)) })
  .refine(({ us, packets }) => us.length === packets.length, {
    error: 'us and packets are not equally many',
  })
  .refine(({ us }) => us.every((edge, i) => i === 0 || edge > us[i - 1]), {
    error: 'us does not rise',
  });

/**
 * A row of a bench (docs/report.md). What is known must be of its type where it is there; rows of
 * benches to come may have what they like beside.
 */
const row = z.looseObject({
  method: text.optional(),
  memory: text.optional(),
  burst: number.optional(),
  frameBytes: number.optional(),
  pipelines: number.optional(),
  timeoutUs: number.optional(),
  packetTimeNs: number.optional(),
  load: number.optional(),
  generator: text.optional(),
  lineRateGbps: number.optional(),
  offeredMpps: measure,
  lost: measure,
  peakMpps: measure,
  slowestTenthMpps: number.optional(),
  zeroLossMpps: measure,
  ratio: measure,
  testpmdMpps: measure,
  mpps: measure,
  mppsMin: measure,
  mppsMax: measure,
  gbps: measure,
  gbpsMin: measure,
  gbpsMax: measure,
  latencyP50Us: measure,
  latencyP99Us: measure,
  latency: distribution.optional(),
  spread: number.optional(),
  crowded: z.boolean().optional(),
});

const lineRate = z.looseObject({ name: text, gbps: number, frameBytes: number.optional() });

const place = {
  version: text.optional(),
  commit: text.optional(),
  date: text.optional(),
  machine: z.record(text, z.union([text, number, z.boolean(), z.null()])).optional(),
  command: text.optional(),
};

const sweep = z.looseObject({ port: text.optional(), ports: z.array(text).optional() });

/** What every bench writes. */
export const benchFile = z.looseObject({
  bench: text.min(1),
  ...place,
  sweep: sweep.optional(),
  rows: z.array(row),
  floor: z.array(z.looseObject({})).optional(),
  lines: z.array(lineRate).optional(),
  skipped: z.array(z.looseObject({ reason: text.optional() })).optional(),
  interrupted: z.boolean().optional(),
  error: z.looseObject({ code: text, message: text }).optional(),
});

const spanUs = z.object({ p50: number, p90: number, p99: number, p999: number, max: number });

/** What `l2fwd --json` prints. */
export const l2fwdRun = z.looseObject({
  app: z.literal('l2fwd'),
  version: text.optional(),
  method: text,
  memory: text,
  burst: number,
  pipelines: number,
  device: z.looseObject({ name: text }).optional(),
  mpps: number,
  gbps: number,
  latencyUs: spanUs,
  tx: z.looseObject({ packets: number, bytes: number }).optional(),
  crowded: z.boolean().optional(),
});

/** Several such results with a note of where they come from. */
export const l2fwdRuns = z.looseObject({ ...place, runs: z.array(l2fwdRun).min(1) });

export type Row = z.infer<typeof row>;
export type L2fwdRun = z.infer<typeof l2fwdRun>;

/** A file of results, whichever of these it was. */
export interface Result {
  /** As it was named. */
  file: string;
  bench: string;
  version?: string;
  commit?: string;
  date?: string;
  machine: Record<string, string>;
  command?: string;
  /** The port the frames came from, where it is recorded. */
  port?: string;
  rows: Row[];
  floor: Record<string, unknown>[];
  lines: { name: string; gbps: number; frameBytes?: number }[];
  skipped: Record<string, unknown>[];
  interrupted: boolean;
  error?: string;
}
