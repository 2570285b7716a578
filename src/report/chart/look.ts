import {
  type SymbolType,
  symbol,
  symbolAsterisk,
  symbolCircle,
  symbolCross,
  symbolDiamond,
  symbolSquare,
  symbolStar,
  symbolTriangle,
  symbolWye,
} from 'd3-shape';

/** A colour, by the name of its class, and the shape of a marker. */
export interface Look {
  colour: string;
  shape: Shape;
}

export type Shape = keyof typeof SHAPES;

const SHAPES = {
  circle: symbolCircle,
  square: symbolSquare,
  diamond: symbolDiamond,
  triangle: symbolTriangle,
  cross: symbolCross,
  star: symbolStar,
  wye: symbolWye,
  asterisk: symbolAsterisk,
} satisfies Record<string, SymbolType>;

/**
 * After Okabe and Ito's colours for all kinds of sight (jfly.uni-koeln.de/color), darker on white
 * and lighter on black, so that each stands at 3:1 from what is behind it. Shapes differ as well:
 * a print may be grey.
 */
export const COLOURS: Record<string, { light: string; dark: string }> = {
  ink: { light: '#24292f', dark: '#e6edf3' },
  grey: { light: '#7d8590', dark: '#8b949e' },
  amber: { light: '#b07200', dark: '#e8a723' },
  rose: { light: '#c05c97', dark: '#e58cc0' },
  blue: { light: '#0072b2', dark: '#56b4e9' },
  green: { light: '#00906a', dark: '#2ec49a' },
  vermilion: { light: '#d04a00', dark: '#ff7f4d' },
  brown: { light: '#7a5230', dark: '#c79a70' },
  // From little to much: away from what is behind.
  much1: { light: '#8ab8d9', dark: '#2f5f86' },
  much2: { light: '#69a3cd', dark: '#3f78a5' },
  much3: { light: '#478dbf', dark: '#5292c4' },
  much4: { light: '#2675ad', dark: '#6fabdb' },
  much5: { light: '#125c92', dark: '#93c5ee' },
  much6: { light: '#084272', dark: '#bbdcf8' },
  much7: { light: '#052a4d', dark: '#e3f1ff' },
};

/** What is the same in every figure looks the same in every figure. */
const KNOWN: Record<string, Look> = {
  io: { colour: 'grey', shape: 'asterisk' },
  cpu: { colour: 'ink', shape: 'cross' },
  serial: { colour: 'amber', shape: 'triangle' },
  launch: { colour: 'rose', shape: 'square' },
  persistent: { colour: 'blue', shape: 'circle' },
  stream: { colour: 'green', shape: 'wye' },
  graph: { colour: 'vermilion', shape: 'diamond' },
  host: { colour: 'blue', shape: 'circle' },
  gpu: { colour: 'vermilion', shape: 'square' },
  'gpu-mapped': { colour: 'green', shape: 'triangle' },
  staged: { colour: 'amber', shape: 'diamond' },
};

const OTHERS: Look[] = [
  ...['blue', 'vermilion', 'green', 'amber', 'rose', 'grey', 'ink', 'much2'],
  ...['much4', 'much6', 'brown'],
].map((colour, i) => {
  const shapes = Object.keys(SHAPES) as Shape[];
  return { colour, shape: shapes[i % shapes.length] };
});

/** What happens to an item, in the colours it has in every timeline. */
const HAPPENS: Record<string, string> = {
  receive: 'blue',
  'no item FREE': 'much2',
  'FREE: filled': 'much6',
  READY: 'amber',
  'polls for': 'much2',
  awaits: 'much2',
  kernel: 'vermilion',
  DONE: 'rose',
  send: 'green',
  FREE: 'grey',
};

/** Colours for what happens: known ones keep theirs, others get what is left while it lasts. */
export function coloursFor(names: readonly string[]): Map<string, string> {
  const known = names.flatMap((name) => HAPPENS[name] ?? []);
  const all = OTHERS.map(({ colour }) => colour);
  const left = all.filter((colour) => !known.includes(colour));
  const free = left.length > 0 ? left : all;
  let next = 0;
  return new Map(names.map((name) => [name, HAPPENS[name] ?? free[next++ % free.length]] as const));
}

/** The look of what is called so; others by their place. */
export function lookOf(name: string, place: number): Look {
  return KNOWN[name] ?? OTHERS[place % OTHERS.length];
}

/** The look of one of several steps from little to much. */
export function stepLook(place: number, of: number): Look {
  const step = of <= 1 ? 4 : 1 + Math.round((place / (of - 1)) * 6);
  const shapes: Shape[] = ['circle', 'square', 'triangle', 'diamond', 'wye', 'star', 'cross'];
  return { colour: `much${step}`, shape: shapes[place % shapes.length] };
}

/** The outline of a marker around 0,0, so many square units large. */
export function markerPath(shape: Shape, size = 44): string {
  // A path's numbers with two decimals; a star among them is half as large as it looks.
  return symbol(SHAPES[shape], size).digits(2)()?.toString() ?? '';
}

const LINE = '#d0d7de';

/** The rules that colour a drawing; `root` is the selector of what they hold in. */
export function lookRules(root: string): string {
  return [
    rules(root, 'light', { text: '#24292f', soft: '#59636e', line: LINE, paper: '#ffffff' }),
    // Paper is white whatever the screen is.
    '@media screen and (prefers-color-scheme: dark) {',
    rules(root, 'dark', { text: '#e6edf3', soft: '#9aa4af', line: '#30363d', paper: '#0d1117' }),
    '}',
  ].join('\n');
}

interface Ground {
  text: string;
  soft: string;
  line: string;
  paper: string;
}

function rules(root: string, scheme: 'light' | 'dark', ground: Ground): string {
  const series = Object.entries(COLOURS).map(([name, { [scheme]: colour }]) =>
    [
      `${root} .${name} .stroke { stroke: ${colour} }`,
      `${root} .${name} .fill { fill: ${colour}; stroke: ${colour} }`,
      `${root} .${name} .hollow { fill: ${ground.paper}; stroke: ${colour} }`,
    ].join('\n'),
  );
  return [
    `${root} text { fill: ${ground.text} }`,
    `${root} .soft text, ${root} text.soft { fill: ${ground.soft} }`,
    `${root} .grid { stroke: ${ground.line} }`,
    `${root} .axis { stroke: ${ground.soft} }`,
    `${root} .guide { stroke: ${ground.soft} }`,
    `${root} .paper { fill: ${ground.paper} }`,
    `${root} .halo { stroke: ${ground.paper} }`,
    `${root} text.inside { fill: ${ground.paper} }`,
    ...series,
  ].join('\n');
}

/** The rules of a drawing that are the same in light and dark. */
export function shapeRules(root: string): string {
  return [
    `${root} text { font: 12px system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif; font-variant-numeric: tabular-nums }`,
    `${root} text.strong { font-weight: 600 }`,
    `${root} text.title { font-size: 16px; font-weight: 600 }`,
    `${root} text.small { font-size: 11px }`,
    `${root} .stroke { fill: none; stroke-width: 1.75; stroke-linejoin: round; stroke-linecap: round }`,
    `${root} .thin { stroke-width: 1.2 }`,
    `${root} .fill { stroke-width: 1 }`,
    `${root} .hollow { stroke-width: 1.5 }`,
    `${root} .grid, ${root} .axis, ${root} .guide { stroke-width: 1; fill: none }`,
    `${root} .guide { stroke-dasharray: 5 4 }`,
    `${root} .dotted { stroke-dasharray: 1.5 3 }`,
    `${root} .bar { stroke-width: 0; opacity: .85 }`,
    `${root} .faint { opacity: .3 }`,
    `${root} text.inside { font-size: 10px; font-weight: 600 }`,
    `${root} .halo { paint-order: stroke; stroke-width: 4; stroke-linejoin: round }`,
  ].join('\n');
}
