import type { Axis } from './axis.js';

/** Where a panel's plot lies in its own units; labels stand around it. */
export interface Plot {
  left: number;
  right: number;
  top: number;
  bottom: number;
  x: Axis;
  y: Axis;
}
