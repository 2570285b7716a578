import { z } from 'zod';

/**
 * One option, declared once: the command line, the config file and the help are made from it.
 * The type judges values as a config file holds them (64, true, "host"); its message is the reason
 * a person reads after `cannot be "…": `.
 */
export interface OptionDeclaration {
  /** Kebab-case: `--timeout-us` on the command line, `timeout-us` in a config file. */
  name: string;
  /** What stands for the value in the help, as `FILE`; absent: a flag, which takes none. */
  metavar?: string;
  help: string;
  type: z.ZodType;
  /** For the help; what is computed instead of fixed is said in words. */
  default?: string | number;
  /** May be given more than once; its values make a list. */
  repeatable?: boolean;
  /** Only on the command line: it says where the others are. */
  notInConfig?: boolean;
}

/** A whole number from `min` to `max`, both included. */
export function integer(min: number, max = Number.MAX_SAFE_INTEGER): z.ZodType<number> {
  const reason = `it must be a whole number from ${min} to ${max}`;
  return z.int(reason).min(min, reason).max(max, reason);
}

/** A length of time in seconds, fractions allowed; a year is as good as forever. */
export function seconds(): z.ZodType<number> {
  const most = 31_536_000;
  const reason = `it must be a number of seconds above 0, at most ${most}`;
  return z.number(reason).gt(0, reason).max(most, reason);
}

/** A number above 0, fractions allowed, up to `max`. */
export function decimal(max: number): z.ZodType<number> {
  const reason = `it must be a number above 0, at most ${max}`;
  return z.number(reason).gt(0, reason).max(max, reason);
}

export function choice<const T extends readonly string[]>(of: T): z.ZodType<T[number]> {
  return z.enum(of, `it must be one of ${of.join(', ')}`);
}

export function text(what: string): z.ZodType<string> {
  const reason = `it must be ${what}`;
  return z.string(reason).min(1, reason);
}

/** One text, or a list of them. */
export function texts(what: string): z.ZodType<string | string[]> {
  const reason = `it must be ${what}`;
  return z.union([text(what), text(what).array().min(1, reason)], reason);
}

/** One value or several with commas between them, as `8,16,32`, each kept once. */
export function commas<T>(one: z.ZodType<T>): z.ZodType<T[]> {
  return z.union([z.string(), z.number()]).transform((typed, context) => {
    const values = new Set<T>();
    for (const piece of String(typed).split(',')) {
      const verdict = judgeText({ type: one }, piece);
      if ('value' in verdict) values.add(verdict.value as T);
      else context.addIssue(verdict.reason);
    }
    return [...values];
  });
}

/** CPUs as taskset and DPDK's -l have them, `2-5,8`, in that order. */
export function cpuList(): z.ZodType<number[]> {
  const reason = 'it must be CPUs, as "2-5,8"';
  return z.union([z.string(), z.number()], reason).transform((typed, context) => {
    const cpus: number[] = [];
    for (const piece of String(typed).split(',')) {
      const [, first, last = first] = /^(\d{1,4})(?:-(\d{1,4}))?$/.exec(piece) ?? [];
      if (first === undefined || Number(last) < Number(first)) context.addIssue(reason);
      else for (let cpu = Number(first); cpu <= Number(last); cpu++) cpus.push(cpu);
    }
    return cpus;
  });
}

export function flag(): z.ZodType<boolean> {
  return z.boolean('it must be true or false');
}

/** A verdict on one value: the value as its type has it, or what is wrong with it. */
export type Verdict = { value: unknown } | { reason: string };

/** Judges a value that came with a type of its own, as from a config file. */
export function judge(option: Pick<OptionDeclaration, 'type'>, value: unknown): Verdict {
  const { data, error } = option.type.safeParse(value);
  return error === undefined ? { value: data } : { reason: error.issues[0].message };
}

/**
 * Judges text from the command line. Only plain decimals count as numbers: not 0x10, 1e3, +5, or
 * the empty text, all of which `Number` takes.
 */
export function judgeText(option: Pick<OptionDeclaration, 'type'>, value: string): Verdict {
  const asText = judge(option, value);
  if ('value' in asText || !/^\d+(\.\d+)?$/.test(value)) return asText;
  return judge(option, Number(value));
}
