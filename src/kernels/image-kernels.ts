/** `.entry NAME (` of a PTX module (PTX ISA, kernel and function directives). */
const ENTRY = /^\s*(?:\.visible\s+|\.weak\s+)*\.entry\s+([\w$]+)\s*\(\s*(\.param\s+[^,)]*)?/gm;
/** A first parameter that may be a pointer. */
const POINTER = /\.param\s+(\.align\s+\d+\s+)?\.[ub]64\b/;

/** The kernels of a PTX text whose first argument may be a list. */
export function ptxKernels(text: string): string[] {
  const code = text.replace(/\/\*[\s\S]*?\*\/|\/\/[^\n]*/g, '');
  return [...code.matchAll(ENTRY)].flatMap(([, name, first]) =>
    POINTER.test(first ?? '') ? [name] : [],
  );
}

/** ELF-64, little-endian. */
const MAGIC = [0x7f, 0x45, 0x4c, 0x46, 2, 1];
const CUDA_MACHINE = 190;
const STRING_TABLES = { at: 40, count: 60, names: 62 } as const;
const SECTION_BYTES = 64;
const CODE = '.nv.constant0.';

/**
 * The kernels of a cubin: each has a section with its constants, named after it. Undefined where the
 * bytes are no cubin.
 */
export function cubinKernels(bytes: Uint8Array): string[] | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  try {
    if (!MAGIC.every((byte, i) => bytes[i] === byte)) return undefined;
    if (view.getUint16(18, true) !== CUDA_MACHINE) return undefined;
    const headers = Number(view.getBigUint64(STRING_TABLES.at, true));
    const section = (i: number) => headers + i * SECTION_BYTES;
    const names = section(view.getUint16(STRING_TABLES.names, true));
    const strings = Number(view.getBigUint64(names + 24, true));
    return Array.from({ length: view.getUint16(STRING_TABLES.count, true) }, (_, i) =>
      text(bytes, strings + view.getUint32(section(i), true)),
    )
      .filter((name) => name.startsWith(CODE))
      .map((name) => name.slice(CODE.length));
  } catch (error) {
    // What lies outside of the bytes: a file cut off.
    if (error instanceof RangeError) return undefined;
    throw error;
  }
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
