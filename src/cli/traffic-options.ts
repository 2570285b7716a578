import type { OptionDeclaration } from '../apps/option.js';
import { integer } from '../apps/option.js';

/** Of benches whose frames come from a traffic port (docs/traffic.md). */
export const slotsOption: OptionDeclaration = {
  name: 'slots',
  metavar: 'N',
  help: "room in the traffic port's rings, a power of two: what descriptors are to a NIC",
  type: integer(64, 32_768).refine(
    (slots) => (slots & (slots - 1)) === 0,
    'it must be a power of two from 64 to 32768',
  ),
  default: 1024,
};
