import { fail } from '../errors.js';

/** What `--port traffic0,size=1024,mpps=6,frames=1000000` asks for. */
export interface TrafficSpec {
  devargs: string;
  name: string;
  /** Bytes of a frame. */
  size: number;
  /** Millions of frames a second over all queues; absent: as many as the ring takes. */
  mpps?: number;
  /** Frames in all; absent: until the run is stopped. */
  frames?: number;
  /** Of each ring, as many descriptors as a NIC's queue would have; a power of two. */
  slots: number;
  /** Whether frames are written and checked; else they only go round, and are counted. */
  check: boolean;
}

const DEFAULT_SLOTS = 1024;
/** Descriptors of a queue that NICs can have. */
const [LEAST_SLOTS, MOST_SLOTS] = [64, 32_768];

/** The smallest Ethernet frame, its checksum not counted, has 60 bytes. */
const LEAST_BYTES = 60;

export function isTraffic(devargs: string): boolean {
  return /^traffic\d+(,|$)/.test(devargs);
}

/** Reads the devargs of a traffic port. Error: PORT_ATTACH. */
export function trafficSpec(devargs: string, mbufBytes: number): TrafficSpec {
  const [name, ...pairs] = devargs.split(',');
  const refuse = (reason: string) => fail('PORT_ATTACH', { devargs, reason });
  const spec: TrafficSpec = { devargs, name, size: 64, slots: DEFAULT_SLOTS, check: true };
  for (const pair of pairs) {
    const [key, text = ''] = pair.split('=');
    const value = Number(text);
    if (text === '' || !Number.isFinite(value) || value < 0)
      refuse(`"${pair}" is no argument with a number`);
    else if (key === 'mpps') spec.mpps = value === 0 ? undefined : value;
    else if (!Number.isSafeInteger(value)) refuse(`${key} is a whole number`);
    else if (key === 'size') spec.size = value;
    else if (key === 'slots') spec.slots = value;
    else if (key === 'check' && value <= 1) spec.check = value === 1;
    else if (key === 'frames' && value > 0) spec.frames = value;
    else refuse(`"${pair}" is none of its arguments: size, mpps, frames, slots, check`);
  }
  if (spec.size < LEAST_BYTES || spec.size > mbufBytes)
    refuse(`size is ${LEAST_BYTES} to ${mbufBytes} bytes, what an mbuf holds (--mbuf-size)`);
  const { slots } = spec;
  if (slots < LEAST_SLOTS || slots > MOST_SLOTS || (slots & (slots - 1)) !== 0)
    refuse(`slots is a power of two from ${LEAST_SLOTS} to ${MOST_SLOTS}`);
  return spec;
}
