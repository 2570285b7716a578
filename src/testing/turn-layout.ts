import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CHECKOUT } from './command-line.js';

/**
 * Offsets of the members of `struct turn`, and its size under the name `turn`, as the C compiler
 * has them of native/dpdk/burst.c; or, as a string, why they cannot be had here.
 */
export function turnLayout(): Record<string, number> | string {
  const source = readFileSync(`${CHECKOUT}native/dpdk/burst.c`, 'utf8');
  const [struct, body] = /struct turn \{([\s\S]*?)\n\}/.exec(source) ?? fail('no struct turn');
  const plain = body.replace(/\/\*[\s\S]*?\*\//g, '');
  const members = [...plain.matchAll(/(\w+)(?:\[\d+\])?\s*[,;]/g)].map(([, name]) => name);
  const program = `#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
${struct} __attribute__((aligned(64)));
int main(void) {
printf("turn=%zu\\n", sizeof(struct turn));
${members.map((name) => `printf("${name}=%zu\\n", offsetof(struct turn, ${name}));`).join('\n')}
return 0; }
`;
  const folder = mkdtempSync(join(tmpdir(), 'warpline-turn-'));
  try {
    const binary = join(folder, 'turn');
    writeFileSync(`${binary}.c`, program);
    execFileSync('cc', [`${binary}.c`, '-o', binary], { stdio: 'pipe' });
    const rows = execFileSync(binary, { encoding: 'utf8' }).trim().split('\n');
    return Object.fromEntries(rows.map((row) => row.split('=')).map(([k, v]) => [k, Number(v)]));
  } catch (error) {
    return `no C compiler: ${(error as Error).message.split('\n')[0]}`;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function fail(reason: string): never {
  throw new Error(`native/dpdk/burst.c: ${reason}`);
}
