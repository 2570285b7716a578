import { flag, type OptionDeclaration } from '../apps/option.js';

/** In every command whose result is one object. */
export const jsonOption: OptionDeclaration = {
  name: 'json',
  help: 'the result as one JSON object on standard output',
  type: flag(),
};

export function jsonText(result: object): string {
  return `${JSON.stringify(result, null, 2)}\n`;
}
