import { WHOLE_ARGS } from './cuda-functions.js';

/** `.entry NAME (` of a PTX module (PTX ISA, kernel and function directives). */
const ENTRY = /^\s*(?:\.visible\s+|\.weak\s+)*\.entry\s+([\w$]+)\s*\(([^)]*)\)/gm;
/** A first parameter that may be a pointer. */
const POINTER = /\.param\s+(\.align\s+\d+\s+)?\.[ub]64\b/;

/** The kernels of a PTX text that can be launched on a list: it comes first, and not much behind. */
export function ptxKernels(text: string): string[] {
  const code = text.replace(/\/\*[\s\S]*?\*\/|\/\/[^\n]*/g, '');
  return [...code.matchAll(ENTRY)].flatMap(([, name, list]) => {
    const parameters = list.split(',');
    return POINTER.test(parameters[0]) && parameters.length <= WHOLE_ARGS ? [name] : [];
  });
}

/** ELF-64, little-endian (System V ABI, object files): offsets in its header and in a section's. */
const MAGIC = [0x7f, 0x45, 0x4c, 0x46, 2, 1];
const CUDA_MACHINE = 190;
const HEADER = { machine: 18, segments: 32, sections: 40, segmentCount: 56, count: 60, names: 62 };
const SECTION = { bytes: 64, type: 4, offset: 24, size: 32 };
const SEGMENT_BYTES = 56;
/** A section that takes no room in the file. */
const NOBITS = 8;
const CONSTANTS = '.nv.constant0.';

/**
 * The kernels of a cubin: each has a section with its constants, named after it. Undefined where the
 * bytes are no cubin, or not all of one: the driver trusts an image to be whole.
 */
export function cubinKernels(bytes: Uint8Array): string[] | undefined {
  if (bytes.length < SECTION.bytes || !MAGIC.every((byte, i) => bytes[i] === byte))
    return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const u16 = (at: number) => view.getUint16(at, true);
  const u64 = (at: number) => Number(view.getBigUint64(at, true));
  const count = u16(HEADER.count);
  const ends = [
    u64(HEADER.sections) + count * SECTION.bytes,
    u64(HEADER.segments) + u16(HEADER.segmentCount) * SEGMENT_BYTES,
  ];
  if (u16(HEADER.machine) !== CUDA_MACHINE || Math.max(...ends) > bytes.length) return undefined;
  const sections = Array.from({ length: count }, (_, i) => {
    const at = u64(HEADER.sections) + i * SECTION.bytes;
    const size = view.getUint32(at + SECTION.type, true) === NOBITS ? 0 : u64(at + SECTION.size);
    return { name: view.getUint32(at, true), offset: u64(at + SECTION.offset), size };
  });
  if (sections.some(({ offset, size }) => offset + size > bytes.length)) return undefined;
  const strings = sections[u16(HEADER.names)]?.offset ?? 0;
  return sections
    .map(({ name }) => text(bytes, strings + name))
    .filter((name) => name.startsWith(CONSTANTS))
    .map((name) => name.slice(CONSTANTS.length));
}

function text(bytes: Uint8Array, at: number): string {
  const end = bytes.indexOf(0, at);
  return Buffer.from(bytes.subarray(at, end)).toString('latin1');
}

/** A kernel's name as C++ source has it; that of a C function is its own. `_ZN2ns4swapEPv`: ns::swap */
export function plainName(symbol: string): string {
  const [, nested, list] = /^_Z(N?)((?:\d+[A-Za-z_]\w*)+)/.exec(symbol) ?? [];
  if (list === undefined) return symbol;
  const names: string[] = [];
  for (let rest = list; ; ) {
    const [digits] = /^\d+/.exec(rest) ?? [''];
    if (digits === '') break;
    names.push(rest.slice(digits.length, digits.length + Number(digits)));
    rest = rest.slice(digits.length + Number(digits));
    if (nested === '') break;
  }
  return names.join('::');
}
