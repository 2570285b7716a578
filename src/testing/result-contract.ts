import assert from 'node:assert/strict';

type Kind = 'text' | 'truth' | 'count' | 'measure';
interface Shape {
  [field: string]: Kind | Shape;
}

/** The result of `l2fwd --json`, as DESIGN §6 has it. Fields may be added, never renamed. */
const contract = {
  app: 'text',
  version: 'text',
  method: 'text',
  device: { driver: 'text', name: 'text' },
  memory: 'text',
  statusIn: 'text',
  burst: 'count',
  items: 'count',
  pipelines: 'count',
  rx: { packets: 'count', bytes: 'count', missed: 'count' },
  tx: { packets: 'count', bytes: 'count' },
  dropped: {},
  unchanged: { runt: 'count' },
  listItems: 'count',
  launches: 'count',
  seconds: 'measure',
  mpps: 'measure',
  gbps: 'measure',
  latencyUs: { p50: 'measure', p90: 'measure', p99: 'measure', p999: 'measure', max: 'measure' },
  mempool: { size: 'count', available: 'count' },
} satisfies Shape;

/** The fields that appear where they apply. */
const applying = {
  verify: { checked: 'count', wrong: 'count' },
  input: { file: 'text', frames: 'count', truncated: 'truth' },
  traffic: {
    offered: 'count',
    sent: 'count',
    missed: 'count',
    received: 'count',
    lost: 'count',
    wrong: 'count',
    outOfOrder: 'count',
    duplicated: 'count',
    mppsOffered: 'measure',
  },
} satisfies Shape;

/** Asserts that a result, parsed from standard output, keeps the contract others script against. */
export function assertContract(result: unknown, also: (keyof typeof applying)[] = []): void {
  check(result, contract, 'result');
  const fields = result as Record<string, unknown>;
  for (const name of Object.keys(applying) as (keyof typeof applying)[]) {
    if (also.includes(name)) check(fields[name], applying[name], name);
    else assert.equal(fields[name], undefined, `${name} where it does not apply`);
  }
  for (const [reason, packets] of Object.entries(fields.dropped as object)) {
    assert.match(reason, /^[a-z][a-z_]*$/);
    ofKind(packets, 'count', `dropped.${reason}`);
  }
  const { p50, p90, p99, p999, max } = fields.latencyUs as Record<string, number>;
  const ordered = [p50, p90, p99, p999, max];
  assert.deepEqual(
    ordered,
    ordered.toSorted((a, b) => a - b),
    'latencies grow with their share',
  );
}

function check(value: unknown, shape: Shape, path: string): void {
  assert.ok(value !== null && typeof value === 'object', `${path} is an object`);
  for (const [field, kind] of Object.entries(shape)) {
    const inner = (value as Record<string, unknown>)[field];
    const at = `${path}.${field}`;
    if (typeof kind === 'object') check(inner, kind, at);
    else ofKind(inner, kind, at);
  }
}

function ofKind(value: unknown, kind: Kind, path: string): void {
  const right = {
    text: () => typeof value === 'string' && value !== '',
    truth: () => typeof value === 'boolean',
    count: () => Number.isSafeInteger(value) && (value as number) >= 0,
    measure: () => Number.isFinite(value) && (value as number) >= 0,
  };
  assert.ok(right[kind](), `${path} is no ${kind}: ${JSON.stringify(value)}`);
}
