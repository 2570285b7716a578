import { type CommList, Status } from '../gpudev/comm-list.js';
import { Device } from '../gpudev/device.js';
import { Compare, type GraphId, type GraphNode } from '../gpudev/driver.js';
import { FloorStand, type FrameMemory } from './floor-stand.js';
import { IN_A_ROW, itemsPerSecond, measureFor, type Rate, Samples, type Times } from './samples.js';

/** A row of the floor: a call or a round trip in microseconds, or items a second. */
export interface FloorRow extends Partial<Times>, Partial<Rate> {
  measure: string;
  memory?: FrameMemory;
  blocks: number;
  /** Packets an item. */
  packets: number;
}

const PACKETS = 16;
const ITEMS = 256;
const BLOCKS = [1, 4, 16, 32];
/** Items that one launch takes. */
const LAUNCHED = [1, 16, 64];
/** Times that the device is opened. */
const OPENINGS = 3;
/** Branches of a graph, an item each. */
const BRANCHES = 16;

/**
 * What the device and its driver do by themselves, through the calls every method makes, from one
 * thread: no method can be faster than this. Stops between two rows when `stop` is aborted.
 */
export async function measureFloor(spec: string, stop?: AbortSignal): Promise<FloorRow[]> {
  const rows = await openings(spec, '', stop);
  const stand = await FloorStand.open(spec);
  try {
    rows.push(...(await openings(spec, ', beside an open one', stop)));
    for (const measure of measures(stand)) {
      if (stop?.aborted) break;
      rows.push(...measure());
      // Signals are heard between two rows only.
      await new Promise((resolve) => setImmediate(resolve));
    }
    return rows;
  } finally {
    await stand.close();
  }
}

/** What a run's start and end cost at the least: the device in a context of its own. */
async function openings(spec: string, where: string, stop?: AbortSignal): Promise<FloorRow[]> {
  const [open, close] = [new Samples(), new Samples()];
  let left = OPENINGS;
  do {
    const start = performance.now();
    const device = await Device.open(spec);
    const opened = performance.now();
    open.add(start, opened);
    await device.close();
    close.add(opened, performance.now());
  } while (--left > 0 && !stop?.aborted);
  return [
    { measure: `device, open${where}`, packets: 0, blocks: 0, ...open.figures },
    { measure: `device, close${where}`, packets: 0, blocks: 0, ...close.figures },
  ];
}

function measures(stand: FloorStand): (() => FloorRow[])[] {
  const kinds: FrameMemory[] = ['gpu', 'host'];
  const { residentBlocks } = stand.device.info;
  const fitting = BLOCKS.filter((blocks) => blocks <= residentBlocks);
  const ends = [...new Set([fitting[0], fitting[fitting.length - 1]])];
  return [
    () => emptyLaunches(stand),
    ...LAUNCHED.map((blocks) => () => [launchOfItems(stand, blocks)]),
    ...kinds.flatMap((memory) => ends.map((blocks) => () => [roundTrip(stand, memory, blocks)])),
    // A launch needs a place beside the blocks that never end.
    ...ends
      .filter((blocks) => blocks < residentBlocks)
      .map((blocks) => () => [launchBeside(stand, blocks)]),
    ...kinds.flatMap((memory) => fitting.map((blocks) => () => [itemRate(stand, memory, blocks)])),
    () => links(stand),
    () => graphs(stand),
  ];
}

/** A block that finds an item of no packets: as little as a launch can be for. */
function emptyLaunches(stand: FloorStand): FloorRow[] {
  const { gpu, perItem } = stand;
  const list = stand.list(1, 0, 'gpu');
  const args = stand.args(list, 0, 0);
  const stream = gpu.createStream();
  const [issue, whole] = [new Samples(), new Samples()];
  measureFor(() => {
    const start = performance.now();
    gpu.launch(stream, perItem, 1, args);
    issue.add(start, performance.now());
    gpu.synchronize(stream);
    whole.add(start, performance.now());
  }, [issue, whole]);
  const inARow = new Samples(IN_A_ROW);
  measureFor(() => {
    const start = performance.now();
    for (let i = 0; i < IN_A_ROW; i++) gpu.launch(stream, perItem, 1, args);
    inARow.add(start, performance.now());
    gpu.synchronize(stream);
  }, [inARow]);
  stand.end(stream);
  return [
    { measure: 'launch, issue', packets: 0, blocks: 1, ...issue.figures },
    { measure: `launch, issue, ${IN_A_ROW} in a row`, packets: 0, blocks: 1, ...inARow.figures },
    { measure: 'launch + synchronize', packets: 0, blocks: 1, ...whole.figures },
  ];
}

/** One launch for so many READY items, until the CPU has seen all of them DONE. */
function launchOfItems(stand: FloorStand, blocks: number): FloorRow {
  const { gpu, perItem } = stand;
  const measure = 'launch, until all are DONE';
  const memory = 'gpu';
  const list = stand.list(blocks, PACKETS, memory);
  const args = stand.args(list, 0, 1);
  const stream = gpu.createStream();
  const whole = new Samples();
  measureFor(() => {
    for (let item = 0; item < blocks; item++) stand.ready(list, item);
    const start = performance.now();
    gpu.launch(stream, perItem, blocks, args);
    for (let item = 0; item < blocks; item++) stand.settle(list, item, measure);
    whole.add(start, performance.now());
  }, [whole]);
  stand.end(stream);
  return { measure, memory, packets: PACKETS, blocks, ...whole.figures };
}

/**
 * READY to DONE, as the CPU sees it: the latency the persistent method adds at least. Every block
 * polls an item, one of them gets work.
 */
function roundTrip(stand: FloorStand, memory: FrameMemory, blocks: number): FloorRow {
  const measure = 'persistent, round trip';
  const list = stand.list(blocks, PACKETS, memory);
  const trips = new Samples();
  stand.beside(list, blocks, () =>
    measureFor(() => {
      const start = performance.now();
      stand.ready(list, 0);
      stand.settle(list, 0, measure);
      trips.add(start, performance.now());
    }, [trips]),
  );
  return { measure, memory, packets: PACKETS, blocks, ...trips.figures };
}

/** What blocks that poll do to launches on other streams: those of `--verify`, and of a sender. */
function launchBeside(stand: FloorStand, blocks: number): FloorRow {
  const { gpu, perItem } = stand;
  const [polled, own] = [stand.list(blocks, PACKETS, 'gpu'), stand.list(1, PACKETS, 'gpu')];
  const args = stand.args(own, 0, 0);
  const stream = gpu.createStream();
  const whole = new Samples();
  stand.beside(polled, blocks, () =>
    measureFor(() => {
      const start = performance.now();
      gpu.launch(stream, perItem, 1, args);
      gpu.synchronize(stream);
      whole.add(start, performance.now());
    }, [whole]),
  );
  stand.end(stream);
  const measure = 'launch + synchronize beside persistent blocks';
  return { measure, memory: 'gpu', packets: PACKETS, blocks, ...whole.figures };
}

/** A list that is always full: each item is READY again as soon as it is seen to be DONE. */
function itemRate(stand: FloorStand, memory: FrameMemory, blocks: number): FloorRow {
  const measure = 'persistent, list always full';
  const list = stand.list(ITEMS, PACKETS, memory);
  let rate: Rate | undefined;
  stand.beside(list, blocks, () => {
    for (let item = 0; item < ITEMS; item++) stand.ready(list, item);
    let next = 0;
    rate = itemsPerSecond(() => {
      stand.settle(list, next, measure);
      stand.ready(list, next);
      next = (next + 1) % ITEMS;
      return 1;
    });
  });
  return { measure, memory, packets: PACKETS, blocks, ...rate };
}

/** Wait value → kernel → write value, an item each: posted ahead, then as a running stream. */
function links(stand: FloorStand): FloorRow[] {
  const { gpu, perItem } = stand;
  const list = stand.list(ITEMS, PACKETS, 'gpu');
  const stream = gpu.createStream();
  const args = Array.from({ length: ITEMS }, (_, item) => stand.args(list, item, 0));
  const post = (item: number) => {
    gpu.waitValue(stream, list.statusAddress(item), Status.READY, Compare.EQ);
    gpu.launch(stream, perItem, 1, args[item]);
    gpu.writeValue(stream, list.statusAddress(item), Status.DONE);
  };
  const posting = new Samples(IN_A_ROW);
  measureFor(() => {
    const start = performance.now();
    for (let item = 0; item < IN_A_ROW; item++) post(item);
    posting.add(start, performance.now());
    for (let item = 0; item < IN_A_ROW; item++) stand.ready(list, item);
    gpu.synchronize(stream);
  }, [posting]);
  const flow = { posted: 0, done: 0 };
  const rate = itemsPerSecond(() => {
    while (flow.posted - flow.done < IN_A_ROW) {
      const item = flow.posted++ % ITEMS;
      stand.ready(list, item);
      post(item);
    }
    stand.settle(list, flow.done++ % ITEMS, 'stream links');
    return 1;
  });
  stand.end(stream);
  const what = { memory: 'gpu', packets: PACKETS, blocks: 1 } as const;
  return [
    { measure: 'stream link, post', ...what, ...posting.figures },
    { measure: 'stream links, list always full', ...what, ...rate },
  ];
}

/** Graphs of BRANCHES such links side by side; two take turns, so that one is always behind. */
function graphs(stand: FloorStand): FloorRow[] {
  const { gpu } = stand;
  const list = stand.list(2 * BRANCHES, PACKETS, 'gpu');
  const made = [0, BRANCHES].map((first) => linkGraph(stand, list, first));
  const streams = made.map(() => gpu.createStream());
  const [issue, whole] = [new Samples(), new Samples()];
  const ready = (graph: number) => {
    for (let i = 0; i < BRANCHES; i++) stand.ready(list, graph * BRANCHES + i);
  };
  measureFor(() => {
    ready(0);
    const start = performance.now();
    gpu.launchGraph(streams[0], made[0]);
    issue.add(start, performance.now());
    gpu.synchronize(streams[0]);
    whole.add(start, performance.now());
  }, [issue, whole]);
  const start = (n: number) => {
    ready(n % 2);
    gpu.launchGraph(streams[n % 2], made[n % 2]);
  };
  let turn = 0;
  start(0);
  start(1);
  const rate = itemsPerSecond(() => {
    const first = (turn % 2) * BRANCHES;
    for (let i = 0; i < BRANCHES; i++) stand.settle(list, first + i, 'graphs');
    start(turn++);
    return BRANCHES;
  });
  for (const stream of streams) stand.end(stream);
  for (const graph of made) gpu.destroyGraph(graph);
  const what = { memory: 'gpu', packets: PACKETS, blocks: BRANCHES } as const;
  return [
    { measure: `graph of ${BRANCHES} links, launch, issue`, ...what, ...issue.figures },
    { measure: `graph of ${BRANCHES} links, launch + synchronize`, ...what, ...whole.figures },
    { measure: 'two graphs in turn, list always full', ...what, ...rate },
  ];
}

function linkGraph(stand: FloorStand, list: CommList, first: number): GraphId {
  const nodes: GraphNode[] = [];
  for (let item = first; item < first + BRANCHES; item++) {
    const address = list.statusAddress(item);
    const args = [...stand.args(list, item, 0)];
    const at = nodes.length;
    nodes.push(
      { type: 'wait', after: [], address, value: Status.READY, compare: Compare.EQ },
      { type: 'kernel', after: [at], kernel: stand.perItem, blocks: 1, args },
      { type: 'write', after: [at + 1], address, value: Status.DONE },
    );
  }
  return stand.gpu.createGraph(nodes);
}
