import { el, Markup } from '../markup.js';
import type { Draw } from './drawing.js';
import { wrapped } from './labels.js';
import { lookRules, shapeRules } from './look.js';

/** What a drawing is about, for those who hear it read. */
export interface About {
  /** Of the page or file: ids in it are made from it. */
  id: string;
  title: string;
  description: string;
}

export const WIDE = 760;
export const NARROW = 360;

/** A drawing as part of a page, whose style colours it. */
export function svgInPage(draw: Draw, about: About, width: number): Markup {
  const { height, content } = draw(width);
  return el(
    'svg',
    { ...names(about), class: 'drawing', viewBox: `0 0 ${width} ${Math.ceil(height)}` },
    ...described(about),
    ...content,
  );
}

const MARGIN = 20;

/**
 * A drawing as a file of its own, with its title above and `footer` below. It brings its style and
 * a ground to stand on, as the page that shows it may be dark when the reader's screen is light.
 */
export function svgFile(draw: Draw, about: About, subtitle: string, footer: string): string {
  const { height, content } = draw(WIDE);
  const line = (text: string, y: number) => el('text', { class: 'small soft', x: MARGIN, y }, text);
  const above = wrapped(subtitle, WIDE, 11);
  const below = wrapped(footer, WIDE, 11);
  const top = MARGIN + 26 + above.length * 16;
  const bottom = top + height + 20;
  const [width, tall] = [WIDE + 2 * MARGIN, Math.ceil(bottom + below.length * 16)];
  const ground = { class: 'paper', x: 0, y: 0, width, height: tall, rx: 6 };
  const style = [shapeRules('svg'), lookRules('svg')].join('\n');
  const file = el(
    'svg',
    {
      xmlns: 'http://www.w3.org/2000/svg',
      ...names(about),
      viewBox: `0 0 ${width} ${tall}`,
      width,
      height: tall,
    },
    ...described(about),
    el('style', {}, new Markup(style)),
    el('rect', ground),
    el('text', { class: 'title', x: MARGIN, y: MARGIN + 14 }, about.title),
    above.map((text, i) => line(text, MARGIN + 34 + i * 16)),
    el('g', { transform: `translate(${MARGIN},${top})` }, ...content),
    below.map((text, i) => line(text, bottom + i * 16)),
  );
  return `${file.text}\n`;
}

function names({ id }: About) {
  return { role: 'img', 'aria-labelledby': `${id}-title ${id}-desc` };
}

function described({ id, title, description }: About): Markup[] {
  return [el('title', { id: `${id}-title` }, title), el('desc', { id: `${id}-desc` }, description)];
}
