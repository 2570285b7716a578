import { type CaptureInfo, scanCapture } from '../../capture/capture.js';
import { dataRoomFor, LONGEST_CHAINED_FRAME, segments } from '../../capture/replay.js';
import { HEADROOM } from '../../dpdk/mempool.js';
import { fail } from '../../errors.js';
import type { Method } from '../../methods/method.js';
import { isTraffic, type TrafficSpec, trafficSpec } from '../../traffic/spec.js';
import { trafficMbufs } from '../../traffic/traffic.js';
import { passesOn } from './lcores.js';
import type { L2fwdOptions } from './options.js';

/** Descriptors, and mbufs in lcore caches, that a queue may keep to itself. */
export const PER_QUEUE = 1024 + 2 * 768;

/** What a run needs, worked out from its options before anything is opened. */
export interface Plan {
  input?: CaptureInfo;
  /** Ports to open: the capture's, or those asked for. */
  portCount: number;
  /** The traffic port that was asked for. */
  traffic?: TrafficSpec;
  /** Ways through: one for each queue of a port that receives. */
  pathCount: number;
  /** Items of each path's comm list. */
  items: number;
  lcores: number;
  /** Most packets to receive: a capture is never read past its last whole frame. */
  limit?: number;
  mbufs: number;
  /** In host memory they are a stack, not a ring. */
  lifo: boolean;
  /** Bytes of frame in one mbuf. */
  frameBytes: number;
}

export function planRun(options: L2fwdOptions, method: Method): Plan {
  const { burst, pipelines } = options;
  const input = options.in === undefined ? undefined : scanCapture(options.in);
  const portCount = input === undefined ? options.ports.length : 1;
  const pathCount = (options.oneWay ? 1 : portCount) * pipelines;
  // Run to completion needs two items: one filling, one leaving.
  const items = method.runToCompletion ? 2 : options.items;
  const frameBytes = Math.max(options.mbufSize, input === undefined ? 0 : leastFrameBytes(input));
  const inFlight = pathCount * items * burst;
  const needed = input === undefined ? inFlight : mbufsFor(input, inFlight, frameBytes);
  refuseTooFew(options, pathCount);
  const traffic = options.ports
    .filter(isTraffic)
    .map((devargs) => trafficSpec(devargs, options.mbufSize))
    .at(0);
  const ofTraffic = traffic === undefined ? 0 : pipelines * trafficMbufs(traffic);
  const mbufs = options.mbufs ?? needed + pathCount * PER_QUEUE + ofTraffic + 1024;
  const roles = Object.keys(method.lcores).length;
  const forwarding = method.runToCompletion ? pipelines : pathCount * roles;
  const lcores = forwarding + (traffic === undefined ? 0 : pipelines);
  refuseTooMany(options, lcores);
  const { packets } = options;
  const limit = least(packets, input?.frames, traffic?.frames);
  // Where ports copy, the pipelines' frames together outgrow the caches if all mbufs are used in turn.
  const lifo = pipelines > 1 && !passesOn(options);
  const sizes = { portCount, pathCount, items, lcores, mbufs, frameBytes };
  return { input, traffic, limit, lifo, ...sizes };
}

function least(...limits: (number | undefined)[]): number | undefined {
  const given = limits.filter((limit) => limit !== undefined);
  return given.length === 0 ? undefined : Math.min(...given);
}

/** The room a capture insists on: net_pcap writes a very long frame whole only from one mbuf. */
function leastFrameBytes(input: CaptureInfo): number {
  const room = dataRoomFor(input) - HEADROOM;
  return input.maxLength > LONGEST_CHAINED_FRAME ? room : 0;
}

/** A path moves nothing with less than a burst to receive and one to send. */
function refuseTooFew({ mbufs, burst }: L2fwdOptions, pathCount: number): void {
  const least = 2 * burst * pathCount;
  if (mbufs === undefined || mbufs >= least) return;
  const reason = `two bursts for each way through take ${least}`;
  fail('OPTION_VALUE', { option: '--mbufs', value: mbufs, reason, command: 'l2fwd' });
}

/** RTE_MAX_LCORE of DPDK's default build is 128 (rte_config.h); the main thread has one of them. */
const LCORES = 127;

function refuseTooMany({ pipelines }: L2fwdOptions, lcores: number): void {
  if (lcores <= LCORES) return;
  const reason = `they take ${lcores} lcores, and DPDK has ${LCORES} for them`;
  fail('OPTION_VALUE', { option: '--pipelines', value: pipelines, reason, command: 'l2fwd' });
}

/** net_pcap loses a frame it finds no mbufs for: room for all in flight, or for the whole file. */
function mbufsFor(input: CaptureInfo, inFlight: number, frameBytes: number): number {
  const { total, most } = segments(input, frameBytes + HEADROOM);
  return Math.min(inFlight * Math.max(most, 1), total);
}
