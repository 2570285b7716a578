import { cpu } from './cpu.js';
import { graph } from './graph.js';
import { io } from './io.js';
import { launch } from './launch.js';
import type { Method } from './method.js';
import { persistent } from './persistent.js';
import { serial } from './serial.js';
import { stream } from './stream.js';

/** Every method by its name: a new one is a file beside these and a line here. */
export const methods = {
  io,
  cpu,
  serial,
  launch,
  persistent,
  stream,
  graph,
} as const satisfies Record<string, Method>;

export type MethodName = keyof typeof methods;
