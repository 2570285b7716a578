/**
 * Result files as the benches write them, for tests of the report and for looking at one. Every
 * figure in them is made up, by formulas; the machine says so.
 */

const MACHINE = {
  cpu: 'synthetic CPU, figures made up',
  cores: 16,
  memoryGiB: 126,
  kernel: '6.1.0',
  node: 'v20.20.2',
  dpdk: 'DPDK 22.11.11',
  device: 'cuda:0',
  gpu: 'Synthetic GPU',
};

/** Packets a second of a made-up method: so much an item and a packet, at most so much. */
const MODEL: Record<string, { item: number; packet: number; share: number }> = {
  io: { item: 180, packet: 14, share: 1 },
  cpu: { item: 240, packet: 16, share: 0.99 },
  serial: { item: 8600, packet: 16, share: 0.97 },
  launch: { item: 1250, packet: 17, share: 0.96 },
  persistent: { item: 520, packet: 16, share: 0.98 },
  stream: { item: 5600, packet: 15, share: 0.95 },
  graph: { item: 1100, packet: 16, share: 0.96 },
};
const METHODS = Object.keys(MODEL);
const GPU_METHODS = METHODS.filter((method) => method !== 'io' && method !== 'cpu');
const BURSTS = [8, 16, 32, 64, 128, 256];

function rate(method: string, burst: number, frameBytes = 1024, workNs = 0): number {
  const { item, packet } = MODEL[method];
  // A GPU works on many packets at once, a core on one.
  const work = method === 'cpu' ? workNs * burst : method === 'io' ? 0 : workNs * 0.9;
  const parallel = method === 'cpu' || method === 'io' || method === 'serial' ? 1 : 12;
  const ns = item + packet * burst * (1 + frameBytes / 20_000) + work / parallel;
  return (burst / ns) * 1000;
}

function measured(mpps: number, frameBytes: number, wobble: number) {
  const [min, max] = [mpps * (1 - wobble), mpps * (1 + wobble * 0.7)];
  const gbps = (n: number) => (n * frameBytes * 8) / 1000;
  return {
    ...{ mpps, mppsMin: min, mppsMax: max },
    ...{ gbps: gbps(mpps), gbpsMin: gbps(min), gbpsMax: gbps(max) },
    ...(1.7 * wobble > 0.1 && { spread: 1.7 * wobble }),
  };
}

/** Always the same for the same place, between 0.01 and 0.08. */
function wobbleAt(place: number): number {
  return 0.01 + ((place * 7919) % 71) / 1000;
}

export function file(bench: string, rows: object[], more: object = {}): Record<string, unknown> {
  const place = { version: '0.1.0', commit: '0123456789ab', date: '2026-11-20T10:00:00.000Z' };
  const command = `warpline bench ${bench} --out ${bench}.json`;
  return { bench, ...place, machine: MACHINE, command, sweep: {}, ...more, rows, skipped: [] };
}

const MEMORY = ['host', 'gpu'];

/** `cpu` has its packets in host memory, whatever the others have. */
const memoryOf = (method: string, memory: string) => (method === 'cpu' ? 'host' : memory);

function figure13() {
  const sizes = [64, 128, 256, 512, 1024, 1518, 9000];
  const rows = MEMORY.flatMap((memory, m) =>
    sizes.map((frameBytes, i) => {
      const mpps = rate('io', 64, frameBytes * (m === 0 ? 3 : 1));
      const point = { method: 'io', memory, frameBytes, burst: 64, pipelines: 1 };
      return { ...point, ...measured(mpps, frameBytes, wobbleAt(i + 10 * m)) };
    }),
  );
  return file('figure13', rows);
}

function figure14() {
  const rows = MEMORY.flatMap((memory, m) =>
    METHODS.filter((method) => method !== 'cpu' || memory === 'host').flatMap((method, k) =>
      BURSTS.map((burst, i) => {
        const mpps = rate(method, burst) * (memory === 'host' && k > 1 ? 0.9 : 1);
        const point = { method, memory, frameBytes: 1024, burst, pipelines: 1 };
        const wobble = wobbleAt(i + 6 * k + 42 * m);
        return {
          ...point,
          ...measured(mpps, 1024, wobble),
          ...(i === 3 && k === 2 && { crowded: true }),
        };
      }),
    ),
  );
  const lines = [100, 200, 400].map((g) => ({ name: `${g} GbE`, gbps: g * (1024 / 1048) }));
  return file('figure14', rows, { lines });
}

function scaling() {
  const rows = METHODS.flatMap((method, k) =>
    [1, 2, 4, 8].map((pipelines, i) => {
      const mpps = rate(method, 32) * pipelines ** MODEL[method].share * (i === 3 ? 0.8 : 1);
      const memory = memoryOf(method, 'gpu');
      const point = { method, memory, frameBytes: 1024, burst: 32, pipelines };
      return { ...point, ...measured(mpps, 1024, wobbleAt(i + 5 * k)) };
    }),
  );
  return file('scaling', rows);
}

function work() {
  const times = [0, 10, 100, 1000, 10_000, 100_000];
  const methods = METHODS.filter((method) => method !== 'io');
  const rows = methods.flatMap((method, k) =>
    times.map((packetTimeNs, i) => {
      const mpps = rate(method, 64, 1024, packetTimeNs);
      const memory = memoryOf(method, 'gpu');
      const place = { method, memory, frameBytes: 1024, burst: 64, pipelines: 1 };
      const point = { ...place, packetTimeNs };
      return { ...point, ...measured(mpps, 1024, wobbleAt(i + 4 * k)) };
    }),
  );
  return file('work', rows);
}

/** A distribution around a median with a tail, in buckets as a log histogram has them. */
function distribution(medianUs: number, tail: number) {
  const us: number[] = [];
  const packets: number[] = [];
  for (let step = -12; step <= 70; step += 2) {
    const share = Math.exp(-(step ** 2) / 40) + 0.03 * Math.exp(-Math.max(0, step) / tail);
    const n = Math.floor(2_000_000 * share);
    if (n === 0) continue;
    us.push(medianUs * 1.08 ** step);
    packets.push(n);
  }
  return { us, packets };
}

function latency() {
  const loads = [0.1, 0.3, 0.5, 0.7, 0.9];
  const low = [0.01];
  const points = [
    ...[16, 64].map((burst) => ({ burst, timeoutUs: 50, loads })),
    ...[10, 50, 200].flatMap((timeoutUs) =>
      [16, 64].map((burst) => ({ burst, timeoutUs, loads: low })),
    ),
  ];
  const rows = points.flatMap(({ burst, timeoutUs, loads }) =>
    METHODS.flatMap((method, k) =>
      loads.map((load) => {
        const peakMpps = rate(method, burst);
        const gathers = method === 'cpu' ? 0 : burst / (peakMpps * load);
        const waits = Math.min(timeoutUs, gathers) / 2;
        const p50 = MODEL[method].item / 400 + waits + 2 / (1.02 - load);
        const limits = (us: number, field: string) => ({
          [`latency${field}Us`]: us,
          [`latency${field}UsMin`]: us * 0.94,
          [`latency${field}UsMax`]: us * (1.05 + k / 50),
        });
        return {
          ...{
            method,
            memory: memoryOf(method, 'gpu'),
            burst,
            timeoutUs,
            frameBytes: 1024,
            peakMpps,
            load,
          },
          ...{ offeredMpps: peakMpps * load, ...measured(peakMpps * load, 1024, 0.001), lost: 0 },
          ...limits(p50, 'P50'),
          ...limits(p50 * (1.7 + load), 'P99'),
          ...limits(p50 * 4, 'P999'),
          latency: distribution(p50, 5 + k),
        };
      }),
    ),
  );
  return file('latency', rows);
}

function zeroLoss() {
  const rows = MEMORY.flatMap((memory) =>
    METHODS.filter((method) => method !== 'cpu' || memory === 'host').map((method) => {
      const peakMpps = rate(method, 32) * (memory === 'host' ? 0.9 : 1);
      const { share: ratio } = MODEL[method];
      const zeroLossMpps = peakMpps * ratio;
      const point = { method, memory, burst: 32, frameBytes: 1024, generator: 'traffic' };
      const trials = [{ offeredMpps: zeroLossMpps, seconds: 10, sent: 1e8, lost: 0 }];
      return {
        ...point,
        peakMpps,
        zeroLossMpps,
        zeroLossGbps: zeroLossMpps * 8.192,
        ratio,
        trials,
      };
    }),
  );
  // testpmd knows one rate: where it loses frames there is none without loss.
  const unknown = { zeroLossMpps: null, zeroLossGbps: null, ratio: null };
  const point = { method: 'persistent', memory: 'host', burst: 32, frameBytes: 1024 };
  rows.push({ ...point, generator: 'testpmd', peakMpps: 6, ...unknown, trials: [] } as never);
  return file('zero-loss', rows);
}

function methods() {
  const rows = [1, 4].flatMap((pipelines) =>
    GPU_METHODS.flatMap((method, k) =>
      BURSTS.map((burst, i) => {
        const point = { method, memory: 'gpu', burst, pipelines, frameBytes: 1024, items: 256 };
        return {
          ...point,
          ...measured(rate(method, burst) * pipelines ** 0.9, 1024, wobbleAt(i + k)),
        };
      }),
    ),
  );
  const floor = [
    { measure: 'launch + synchronize', blocks: 1, packets: 0, samples: 1000, us: 8.2 },
  ];
  return file('methods', rows, { floor });
}

function cpu() {
  const row = (work: string, mpps: number, testpmdMpps: number) => {
    const ratio = mpps / testpmdMpps;
    return { work, burst: 64, frameBytes: 64, mpps, testpmdMpps, ratio };
  };
  return file('cpu', [row('macswap', 50, 39), row('forward', 73, 52)]);
}

function backToBack() {
  const row = {
    port: 'memif',
    method: 'cpu',
    memory: 'host',
    burst: 64,
    frameBytes: 64,
    queues: 1,
  };
  const counts = { sent: 1000, rx: 1000, tx: 1000, back: 1000, dropped: { tx_full: 0 } };
  const over = MEMORY.flatMap((memory, k) =>
    [false, true].flatMap((oneWay) =>
      [1, 2, 4].map((queues) => {
        const point = { ...row, method: 'persistent', memory, oneWay, zeroCopy: true, queues };
        return { ...point, frameBytes: 1024, ...measured((5 - k) * queues ** 0.8, 1024, 0.02) };
      }),
    ),
  );
  const both = { ...row, ...counts, mpps: 13.1, testpmdMpps: 12.2, ratio: 1.07 };
  return file('back-to-back', [both, ...over]);
}

function start() {
  const rows = METHODS.map((method) => ({ method, memory: 'host', mpps: rate(method, 64, 64) }));
  return file('start', rows);
}

/** One file of each bench the report draws, by name. */
export function fullSet(): Record<string, Record<string, unknown>> {
  return {
    figure13: figure13(),
    figure14: figure14(),
    work: work(),
    scaling: scaling(),
    latency: latency(),
    'zero-loss': zeroLoss(),
    methods: methods(),
    cpu: cpu(),
    'back-to-back': backToBack(),
    start: start(),
  };
}
