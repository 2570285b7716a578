/** A function that CUDA C++ defines for the GPU. */
export interface CudaFunction {
  readonly name: string;
  readonly qualifier: '__global__' | '__device__';
  /** What it returns: the text between qualifier and name, without attributes. */
  readonly returns: string;
  /** Its parameters as they are written. */
  readonly parameters: readonly string[];
}

const QUALIFIER = /\b(__global__|__device__)\b/g;
const ATTRIBUTE = /\b__\w+__\s*\((?:[^()]|\([^()]*\))*\)|\b__\w+__\b|\b(static|inline)\b/g;

/**
 * The `__global__` and `__device__` functions that a source defines, in order. Read, not compiled:
 * macros are not expanded, and of what `#if` leaves out nothing is known.
 */
export function cudaFunctions(source: string): CudaFunction[] {
  const text = blankOut(source);
  const found = [...text.matchAll(QUALIFIER)].flatMap((match) => functionAt(text, match));
  // A `__device__` before `__global__`, or a qualifier given twice, finds the same function again.
  return found.filter(({ at }, i) => found.findIndex((other) => other.at === at) === i);
}

/** The function whose qualifier stands there; none where it is a variable or only declared. */
function functionAt(text: string, match: RegExpMatchArray): (CudaFunction & { at: number })[] {
  const [qualifier] = match;
  const begin = (match.index as number) + qualifier.length;
  const rest = text.slice(begin).replace(ATTRIBUTE, (attribute) => ' '.repeat(attribute.length));
  const head = /^([^;{}()=]*?)([A-Za-z_]\w*)\s*\(/.exec(rest);
  if (head === null) return [];
  const [all, returns, name] = head;
  const end = closing(rest, all.length);
  if (end === undefined || !/^\s*(noexcept\s*)?\{/.test(rest.slice(end + 1))) return [];
  const parameters = rest.slice(all.length, end).split(',').map(plain);
  const at = begin + all.length;
  return [
    {
      at,
      name,
      qualifier: qualifier as CudaFunction['qualifier'],
      returns: plain(returns),
      parameters: parameters.filter((parameter) => parameter !== '' && parameter !== 'void'),
    },
  ];
}

/** Where the parenthesis closes that is open at `from`. */
function closing(text: string, from: number): number | undefined {
  for (let i = from, depth = 1; i < text.length; i++) {
    if (text[i] === '(') depth++;
    else if (text[i] === ')' && --depth === 0) return i;
  }
  return undefined;
}

/** The source with comments and what strings say made blank, every place where it was. */
function blankOut(source: string): string {
  const blank = (text: string) => text.replace(/[^\n]/g, ' ');
  return source.replace(
    /\/\*[\s\S]*?\*\/|\/\/[^\n]*|"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'/g,
    blank,
  );
}

function plain(text: string): string {
  return text.replace(/\s+/g, ' ').trim();
}

/** Arguments there are for a whole kernel: list, items, exit word. */
export const WHOLE_ARGS = 3;

const BYTES = /^(std::)?(uint8_t|unsigned char) ?\* ?\w*$/;
const SIZE = /^(const )?((std::)?uint32_t|unsigned( int)?)( const)?( \w+)?$/;
const LIST = /^(const )?(struct )?rte_gpu_comm_list ?\* ?\w*$/;

/** What a function can be launched as, or why it cannot. */
export function formOf(of: CudaFunction): { form: 'packet' | 'item' } | { reason: string } {
  const { qualifier, returns, parameters } = of;
  if (returns !== 'void') return { reason: `it returns ${returns || 'what it does not say'}` };
  const [first = '', second = '', ...more] = parameters;
  if (qualifier === '__global__' && LIST.test(first)) {
    if (parameters.length <= WHOLE_ARGS) return { form: 'item' };
    return { reason: `it takes ${parameters.length} arguments, where there are ${WHOLE_ARGS}` };
  }
  if (qualifier === '__device__' && BYTES.test(first) && SIZE.test(second) && more.length === 0)
    return { form: 'packet' };
  return { reason: `it is a ${qualifier} function of (${parameters.join(', ')})` };
}
