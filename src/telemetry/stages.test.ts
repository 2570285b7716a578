import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type StageCounts, stageRates } from './stages.js';

const lcore = (counts: Partial<StageCounts> = {}): StageCounts => ({
  kind: 'lcore',
  stage: 'rx0',
  calls: 100,
  emptyCalls: 10,
  packets: 3200,
  busyCycles: 50_000,
  idleCycles: 0,
  stalls: 2,
  stalledUs: 4000,
  ...(counts as object),
});
const gpu: StageCounts = {
  kind: 'gpu',
  stage: 'gpu0',
  calls: 10,
  packets: 640,
  launches: 3,
  inFlight: 7,
};

test('figures are of what came between two looks', () => {
  const later = lcore({
    calls: 150,
    emptyCalls: 1010,
    packets: 4800,
    busyCycles: 150_000,
    idleCycles: 300_000,
    stalls: 5,
    stalledUs: 9000,
  });
  assert.deepEqual(stageRates([later], [lcore()]), [
    {
      kind: 'lcore',
      stage: 'rx0',
      calls: 50,
      packets: 1600,
      emptyCalls: 1000,
      packetsPerCall: 32,
      cyclesPerCall: 2000,
      cyclesPerPacket: 62.5,
      idle: 0.75,
      stalls: 3,
      stalledUs: 5000,
    },
  ]);
});

test('with one look they are of the whole run', () => {
  const [{ calls, packets, cyclesPerPacket, idle }] = stageRates([lcore()]);
  assert.deepEqual([calls, packets, cyclesPerPacket, idle], [100, 3200, 15.625, 0]);
});

test('where nothing moved there is no figure, and an lcore that made no call was idle', () => {
  const [still] = stageRates([lcore()], [lcore()]);
  assert.deepEqual([still.calls, still.packets, still.idle], [0, 0, 1]);
  assert.deepEqual(
    [still.packetsPerCall, still.cyclesPerCall, still.cyclesPerPacket],
    [undefined, undefined, undefined],
  );
});

test('of the GPU its items, their packets, its launches, and what is in flight now', () => {
  const later = { ...gpu, calls: 30, packets: 1000, launches: 8, inFlight: 2 };
  assert.deepEqual(stageRates([lcore(), later], [lcore(), gpu])[1], {
    kind: 'gpu',
    stage: 'gpu0',
    calls: 20,
    packets: 360,
    packetsPerCall: 18,
    launches: 5,
    inFlight: 2,
  });
});
