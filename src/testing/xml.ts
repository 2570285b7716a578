import { SaxesParser, type SaxesTagPlain } from 'saxes';

/** An element of a document that was read strictly. */
export interface Element {
  name: string;
  attributes: Record<string, string>;
  /** Of the element and all in it. */
  text: string;
  children: Element[];
}

/** Reads a document, or throws: XML forgives nothing that is not closed, quoted or escaped. */
export function parseXml(document: string): Element {
  const root: Element = { name: '', attributes: {}, text: '', children: [] };
  const open = [root];
  const parser = new SaxesParser();
  parser.on('error', (error) => {
    throw error;
  });
  parser.on('opentag', ({ name, attributes }: SaxesTagPlain) => {
    const element: Element = { name, attributes, text: '', children: [] };
    open[open.length - 1].children.push(element);
    open.push(element);
  });
  parser.on('text', (text) => {
    for (const element of open) element.text += text;
  });
  parser.on('closetag', () => {
    open.pop();
  });
  parser.write(document).close();
  return root.children[0];
}

/** All elements of that name in a document, in its order. */
export function elements(root: Element, name: string): Element[] {
  return root.children.flatMap((child) => [
    ...(child.name === name ? [child] : []),
    ...elements(child, name),
  ]);
}
