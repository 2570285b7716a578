import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { METHODS } from '../apps/l2fwd/options.js';
import { runL2fwd } from '../apps/l2fwd/run.js';
import { Folder } from '../testing/capture-folder.js';
import { assertBalanced } from '../testing/forwarding.js';
import { l2fwdHere } from '../testing/l2fwd-program.js';
import { decodeTrace } from '../trace/read.js';
import type { Slice, Timeline } from '../trace/timeline.js';

// What a trace shows is the picture at the head of src/methods/METHOD.ts.

const folder = new Folder();
const ITEMS = 16;
const run = `--port net_null0,size=64 --burst 8 --items ${ITEMS} --packets 4000`.split(' ');

/** Runs l2fwd and reads the trace it wrote. */
async function traced(args: string[]) {
  const file = join(folder.path, 'run.pftrace');
  const { status, stderr, result } = await l2fwdHere([...args, '--trace', file]);
  assert.equal(status, 0, stderr);
  assertBalanced(result);
  const timeline = decodeTrace(readFileSync(file));
  assert.equal(result.trace?.file, file);
  const slices = timeline.tracks.reduce((sum, track) => sum + track.slices.length, 0);
  assert.deepEqual([result.trace.slices, result.trace.tracks], [slices, timeline.tracks.length]);
  return { timeline, result };
}

/** The tracks, and the groups they stand in, each once. */
function namesOf({ tracks }: Timeline): string[] {
  return [...new Set(tracks.map(({ name, group }) => group ?? name))];
}

/** Slices on the tracks whose name or group begins so, by what they are called: `send 7`. */
function on({ tracks }: Timeline, place: string): Map<string, Slice> {
  const found = tracks.filter(({ name, group }) => (group ?? name).startsWith(place));
  return new Map(found.flatMap(({ slices }) => slices.map((slice) => [slice.name, slice])));
}

/** One item's way; what is missing was not traced. */
interface Way {
  receive: Slice;
  hand: Slice;
  kernel?: Slice;
  found: Slice;
  send: Slice;
  free: Slice;
}

/** The items that have a track of their own, each with what is known of it. */
function waysOf(timeline: Timeline, rx: string, tx: string): Map<number, Way> {
  const [rxSlices, txSlices, gpu] = [on(timeline, rx), on(timeline, tx), on(timeline, 'GPU')];
  const ways = new Map<number, Way>();
  for (const name of on(timeline, 'comm list').keys()) {
    const [, number] = /^DONE (\d+)$/.exec(name) ?? [];
    if (number === undefined) continue;
    const part = (from: Map<string, Slice>, what: string) => {
      const slice = from.get(`${what} ${number}`);
      assert.ok(slice, `${what} ${number}`);
      return slice;
    };
    ways.set(Number(number), {
      receive: part(rxSlices, 'receive'),
      hand: part(rxSlices, 'hand on'),
      kernel: gpu.get(`kernel ${number}`),
      found: part(txSlices, 'DONE'),
      send: part(txSlices, 'send'),
      free: part(txSlices, 'FREE'),
    });
  }
  return ways;
}

/** Each after the other: received, handed on, worked on, found DONE, sent, FREE. */
function checkWay(number: number, { receive, hand, kernel, found, send, free }: Way): void {
  const moments = [
    receive.from,
    receive.to,
    hand.from,
    ...(kernel === undefined ? [] : [kernel.from, kernel.to]),
    found.from,
    send.from,
    send.to,
    free.from,
  ];
  const sorted = moments.toSorted((a, b) => a - b);
  assert.deepEqual(moments, sorted, `item ${number}`);
}

describe('l2fwd --trace', { timeout: 60_000 }, () => {
  const cases = METHODS.filter((name) => name !== 'cpu').flatMap((method) =>
    (method === 'serial' ? [1] : [2, 1]).map((lcores) => ({ method, lcores })),
  );
  for (const { method, lcores } of cases)
    it(`${method}, lcores a path: ${lcores}: every player has its track, and every item its order`, async () => {
      const asked = ['--method', method, '--lcores', String(lcores)];
      const { timeline, result } = await traced([...run, ...asked]);
      assert.equal(timeline.name, `warpline l2fwd ${method}`);
      const waits = method === 'serial';
      const alone = lcores === 1;
      const [rx, tx] = alone ? ['lcore 0', 'lcore 0'] : ['RX lcore 0', 'TX lcore 0'];
      const gpu = method === 'io' ? [] : ['GPU'];
      const expected = [rx, 'comm list', ...gpu, ...(alone ? [] : [tx])];
      assert.deepEqual(namesOf(timeline), expected);
      const ways = waysOf(timeline, rx, tx);
      assert.ok(ways.size >= 64, `${ways.size} items`);
      for (const [number, way] of ways) {
        assert.equal(way.kernel !== undefined, method !== 'io');
        checkWay(number, way);
        for (const slice of [way.receive, way.kernel, way.send])
          if (slice !== undefined) assert.equal(slice.flow, number + 1);
      }
      const pairs = [...ways].flatMap(([number, way]) => {
        const next = ways.get(number + 1);
        return next === undefined ? [] : [{ way, next }];
      });
      // Nobody waits for anybody, but in `serial` one lcore for everything.
      const early = pairs.filter(({ way, next }) => next.receive.from < way.free.from).length;
      if (waits) assert.equal(early, 0);
      else assert.ok(early > 0, 'every item waited for the one before');
      const meanwhile = pairs.some(({ way, next }) => next.receive.from < (way.kernel?.to ?? 0));
      assert.equal(meanwhile, !waits && method !== 'io', 'receives while a kernel works');
      const lcore = [...on(timeline, rx).keys()];
      const asks = { launch: 'launch', serial: 'launch', stream: 'launch', graph: 'launch graph' };
      assert.equal(lcore.includes(asks[method as 'launch']), method in asks, `${lcore}`);
      assert.ok(result.trace !== undefined && result.trace.windows >= 1);
    });

  it('cpu: one lcore, which receives and sends in one turn, and works', async () => {
    const { timeline } = await traced([...run, '--method', 'cpu']);
    assert.deepEqual(namesOf(timeline), ['lcore 0']);
    const [{ slices }] = timeline.tracks;
    const names = new Set(slices.map(({ name }) => name));
    assert.deepEqual([...names].sort(), ['receive', 'send│receive', 'work']);
    const ends = slices.slice(0, -1).every(({ to }, i) => to <= slices[i + 1].from);
    assert.ok(ends, 'a turn begins before the work on the one before has ended');
  });

  it('persistent, with packets staged: the copy engine has tracks, and is asked before', async () => {
    const staged = ['--method', 'persistent', '--memory', 'staged'];
    const { timeline } = await traced([...run, ...staged]);
    const groups = ['RX lcore 0', 'comm list', 'GPU', 'copies', 'TX lcore 0'];
    assert.deepEqual(namesOf(timeline).sort(), groups.sort());
    for (const [name, lcore, ask] of [
      ['copy to device', 'RX lcore 0', 'post copy'],
      ['copy back', 'TX lcore 0', 'post copy back'],
    ]) {
      const copies = timeline.tracks.find((track) => track.name === name)?.slices ?? [];
      assert.ok(copies.length > 0, name);
      const track = timeline.tracks.find((one) => one.name === lcore);
      const asked = track?.slices.filter((slice) => slice.name === ask) ?? [];
      assert.ok(Math.min(...asked.map(({ from }) => from)) <= copies[0].from);
    }
    for (const [number, way] of waysOf(timeline, 'RX', 'TX')) checkWay(number, way);
  });

  it('a trace that Ctrl-C ends is whole, and shows more than the beginning of a run', async () => {
    const stop = new AbortController();
    let looks: NodeJS.Timeout | undefined;
    const trace = join(folder.path, 'stopped.pftrace');
    const given = { ports: ['net_null0'], burst: 1, items: 16, pipelines: 2, lcores: 2 };
    const result = await runL2fwd(
      { ...given, device: 'software', method: 'io', trace },
      {
        stop: stop.signal,
        onStart({ snapshot }) {
          looks = setInterval(() => snapshot().listItems > 40_000 && stop.abort(), 5);
        },
      },
    ).finally(() => clearInterval(looks));
    assertBalanced(result);
    const timeline = decodeTrace(readFileSync(trace));
    const expected = [0, 1].flatMap((n) => [`RX lcore ${n}`, `comm list ${n}`, `TX lcore ${n}`]);
    assert.deepEqual(namesOf(timeline), expected);
    assert.ok((result.trace?.windows ?? 0) > 1, `${result.listItems} items`);
    for (const path of ['0', '1']) {
      const tracks = timeline.tracks.filter(({ name, group = name }) => group.endsWith(path));
      for (const [number, way] of waysOf({ ...timeline, tracks }, 'RX', 'TX'))
        checkWay(number, way);
    }
  });

  it('a file that cannot be written is refused before anything starts', async () => {
    const file = join(folder.path, 'nowhere', 'run.pftrace');
    const { status, stdout, stderr } = await l2fwdHere([...run, '--trace', file]);
    assert.deepEqual([status, stdout], [2, '']);
    assert.match(stderr, /^warpline: OUTPUT_UNUSABLE: cannot write .*nowhere/);
  });
});
