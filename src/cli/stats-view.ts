import type { StatsAnswer } from '../stats/server.js';
import { type StageRates, stageRates } from '../telemetry/stages.js';
import { count } from './figures.js';
import { liveLine, liveRates } from './live.js';
import { type Column, formatTable } from './table.js';

/** A line of `warpline stats --json`: totals of the run, rates and stages of the interval. */
export interface StatsLine {
  date: string;
  app: string;
  pid: number;
  method: string;
  /** Since the run began. */
  seconds: number;
  /** Between the two looks that the rates and stages are of. */
  interval: number;
  rx: { packets: number; bytes: number; missed: number };
  tx: { packets: number; bytes: number };
  dropped: Record<string, number>;
  mpps: number;
  gbps: number;
  stages: StageRates[];
}

export function statsLine(now: StatsAnswer, before: StatsAnswer, date: Date): StatsLine {
  const { app, pid, method, snapshot } = now;
  const { seconds, rx, tx, dropped } = snapshot;
  const { mpps, gbps } = liveRates(snapshot, before.snapshot);
  return {
    date: date.toISOString(),
    app,
    pid,
    method,
    seconds,
    interval: seconds - before.snapshot.seconds,
    rx,
    tx,
    dropped,
    mpps,
    gbps,
    stages: stageRates(snapshot.stages, before.snapshot.stages),
  };
}

/** The same for people: the run, its live statistics, then a row a stage, as VPP and grout do. */
export function statsTable(now: StatsAnswer, before: StatsAnswer): string {
  const { app, pid, method, snapshot } = now;
  const seconds = snapshot.seconds - before.snapshot.seconds;
  const stages = stageRates(snapshot.stages, before.snapshot.stages);
  const line = liveLine(snapshot, before.snapshot);
  return `${app} ${pid}, ${method}\n${line}\n${formatTable(columns(seconds), stages)}`;
}

function columns(seconds: number): Column<StageRates>[] {
  const figure = (
    heading: string,
    value: (stage: StageRates) => number | undefined,
    show: (value: number) => string,
  ): Column<StageRates> => ({
    heading,
    align: 'right',
    text: (stage) => {
      const known = value(stage);
      return known === undefined || !Number.isFinite(known) ? '-' : show(known);
    },
  });
  return [
    { heading: 'stage', align: 'left', text: ({ stage }) => stage },
    figure('calls/s', ({ calls }) => calls / seconds, count),
    figure('packets/s', ({ packets }) => packets / seconds, count),
    figure('packets/call', (stage) => stage.packetsPerCall, decimal),
    figure('cycles/call', (stage) => stage.cyclesPerCall, count),
    figure('cycles/packet', (stage) => stage.cyclesPerPacket, decimal),
    figure('idle', ({ idle }) => idle, percent),
    figure('launches/s', ({ launches = Number.NaN }) => launches / seconds, count),
    figure('in flight', ({ inFlight }) => inFlight, count),
  ];
}

function decimal(value: number): string {
  return value.toFixed(1);
}

function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}
