import type { AxisSpec } from './axis.js';
import type { Look } from './look.js';

/** A chart of lines over two axes, as one panel or several that share them. */
export interface LineChart {
  x: AxisSpec;
  y: AxisSpec;
  panels: Panel[];
  /** How high a panel is for its width; 0.84 where nothing is said. */
  aspect?: number;
}

export interface Panel {
  title?: string;
  series: Series[];
  guides?: Guide[];
  /** Values of x that are worth a line from top to bottom, and what they are. */
  marks?: { x: number; label: string }[];
}

export interface Series {
  label: string;
  look: Look;
  points: Point[];
  /** Of many points that are no measurements of their own: markers only tell it from others. */
  curve?: boolean;
}

export interface Point {
  x: number;
  y: number;
  /** The lowest and the highest of the repeats. */
  min?: number;
  max?: number;
  /** Its repeats lay more than 10 % apart: drawn hollow. */
  wide?: boolean;
  /** Threads outnumbered the CPUs: drawn with a ring. */
  crowded?: boolean;
  /** Frames were lost meanwhile: struck through. */
  lossy?: boolean;
}

/** Something to compare with, as a line rate: dashed, named where there is room. */
export interface Guide {
  label: string;
  points: { x: number; y: number }[];
}
