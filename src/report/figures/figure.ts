import type { Draw } from '../chart/drawing.js';
import type { Group } from '../gather.js';
import type { Row } from '../result-file.js';

/** A figure of the report: the drawing, what is said of it, the rows it was drawn from. */
export interface Figure {
  /** Names it in the page, and its file. */
  id: string;
  title: string;
  /** What is the same for all that is drawn: `1,024-byte frames, 1 pipeline`. */
  setting: string;
  /** The drawing in words, for those who hear it. */
  description: string;
  draw: Draw;
  /** What it shows, and what is to be known to read it. */
  caption: string[];
  /** Where its rows come from; a trace has none. */
  group?: Group;
  /** … but may say which commit it is of. */
  origin?: string;
  rows: readonly Row[];
  /** One of many of its kind: closed until it is opened. */
  folded?: boolean;
}

/** Draws what a group has rows for; nothing where it has none. */
export type MakeFigures = (group: Group) => Figure[];
