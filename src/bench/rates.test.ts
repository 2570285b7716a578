import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { StageRates } from '../telemetry/stages.js';
import { resultLike } from '../testing/l2fwd-result.js';
import { rates } from './rates.js';

function lcore(stage: string, idle: number, cyclesPerPacket?: number): StageRates {
  return { kind: 'lcore', stage, calls: 1, packets: 1, idle, cyclesPerPacket };
}
const gpu: StageRates = { kind: 'gpu', stage: 'gpu0', calls: 1, packets: 1 };

test('lcores are told by role: medians over runs and pipelines, the GPU left out', () => {
  const run = (busy: number) =>
    resultLike({
      stages: [
        ...[lcore('rx0', 0, busy), lcore('tx0', 0.5, 40)],
        ...[lcore('rx1', 0.5, busy + 20), lcore('tx1', 0.7, 60), gpu],
      ],
    });
  const { stages } = rates([run(100), run(300), run(200)]);
  assert.deepEqual(stages, [
    { stage: 'rx', cyclesPerPacket: 210, idle: 0.25 },
    { stage: 'tx', cyclesPerPacket: 50, idle: 0.6 },
  ]);
});

test('an lcore that moved nothing has no cycles a packet', () => {
  const { stages } = rates([resultLike({ stages: [lcore('all0', 1)] })]);
  assert.deepEqual(stages, [{ stage: 'all', idle: 1 }]);
  assert.deepEqual(rates([resultLike()]).stages, []);
});
