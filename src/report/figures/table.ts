import type { KnownBench } from '../gather.js';
import { figure14, l2fwdFigure, methodsFigure } from './against-burst.js';
import { backToBack } from './back-to-back.js';
import { cpu } from './cpu.js';
import type { MakeFigures } from './figure.js';
import { figure13 } from './figure13.js';
import { latency } from './latency.js';
import { scaling } from './scaling.js';
import { start } from './start.js';
import { work } from './work.js';
import { zeroLoss } from './zero-loss.js';

/** What is drawn from the rows of each bench. */
export const FIGURES: Record<KnownBench, MakeFigures> = {
  figure13,
  figure14,
  work,
  scaling,
  latency,
  'zero-loss': zeroLoss,
  methods: methodsFigure,
  cpu,
  'back-to-back': backToBack,
  l2fwd: l2fwdFigure,
  start,
};

export function figuresFor(bench: string): MakeFigures {
  return (FIGURES as Record<string, MakeFigures>)[bench] ?? (() => []);
}
