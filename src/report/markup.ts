/**
 * Text with tags in it. Only `el` makes it, and `el` escapes whatever else it is given, so that no
 * text of a file can become a tag. What comes out is HTML and, by form, XML as well.
 */
export class Markup {
  constructor(readonly text: string) {}

  toString(): string {
    return this.text;
  }
}

export type Child = Markup | string | number | false | undefined | readonly Child[];

/** Attributes that are undefined or false are left out. Numbers are rounded to hundredths. */
export type Attributes = Record<string, string | number | false | undefined>;

/** HTML has no other elements that may end where they begin; SVG's may all. */
const VOID = new Set(['meta', 'br', 'hr', 'path', 'line', 'rect', 'circle', 'use']);

export function el(name: string, attributes: Attributes = {}, ...children: Child[]): Markup {
  const given = Object.entries(attributes).map(([key, value]) =>
    value === undefined || value === false ? '' : ` ${key}="${escaped(plain(value))}"`,
  );
  const inside = children.map(write).join('');
  const open = `<${name}${given.join('')}`;
  return new Markup(inside === '' && VOID.has(name) ? `${open}/>` : `${open}>${inside}</${name}>`);
}

/** Hundredths of a unit are below what any screen shows. */
export function round(value: number): number {
  return Math.round(value * 100) / 100;
}

const ENTITIES: Record<string, string> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** Text as it may stand between tags and in attributes; what XML forbids becomes U+FFFD. */
export function escaped(text: string): string {
  return text
    .replace(/[&<>"']/g, (character) => ENTITIES[character])
    .replace(/[^\P{Cc}\t\n\r]|\p{Surrogate}|[\uFFFE\uFFFF]/gu, '\uFFFD');
}

function write(child: Child): string {
  if (child instanceof Markup) return child.text;
  if (child === undefined || child === false) return '';
  if (typeof child === 'object') return child.map(write).join('');
  return escaped(plain(child));
}

function plain(value: string | number): string {
  return typeof value === 'number' ? String(round(value)) : value;
}
