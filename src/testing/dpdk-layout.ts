import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const MEMBERS = {
  rte_gpu_comm_list: ['dev_id', 'mbufs', 'pkt_list', 'num_pkts', 'status_h', 'status_d'],
  rte_gpu_comm_pkt: ['addr', 'size'],
  rte_gpu_comm_flag: ['dev_id', 'ptr', 'mtype'],
  rte_mbuf: ['buf_addr', 'data_off', 'nb_segs', 'pkt_len', 'data_len', 'next'],
};
const CONSTANTS = [
  'RTE_GPU_DEFAULT_MAX',
  'RTE_GPU_ID_NONE',
  'RTE_GPU_ID_ANY',
  'RTE_GPU_COMM_LIST_PKTS_MAX',
  'RTE_GPU_EVENT_NEW',
  'RTE_GPU_EVENT_DEL',
  'RTE_GPU_COMM_FLAG_CPU',
  'RTE_GPU_COMM_LIST_FREE',
  'RTE_GPU_COMM_LIST_READY',
  'RTE_GPU_COMM_LIST_DONE',
  'RTE_GPU_COMM_LIST_ERROR',
  'RTE_DEV_NAME_MAX_LEN',
];

/**
 * What the C compiler makes of the installed DPDK headers: `rte_gpu_comm_list` is a struct's size,
 * `rte_gpu_comm_list.mbufs` a member's offset, `RTE_GPU_ID_ANY` a constant's value; or, as a
 * string, why they cannot be had here.
 */
export function dpdkLayout(): Record<string, number> | string {
  known ??= compile();
  return known;
}

let known: Record<string, number> | string | undefined;

function compile(): Record<string, number> | string {
  const lines = [
    ...Object.entries(MEMBERS).flatMap(([struct, members]) => [
      print(struct, `sizeof(struct ${struct})`),
      ...members.map((m) => print(`${struct}.${m}`, `offsetof(struct ${struct}, ${m})`)),
    ]),
    ...CONSTANTS.map((name) => print(name, name)),
  ];
  const program = `#include <stddef.h>
#include <stdio.h>
#include <rte_dev.h>
#include <rte_gpudev.h>
#include <rte_mbuf.h>
int main(void) {
${lines.join('\n')}
return 0; }
`;
  const folder = mkdtempSync(join(tmpdir(), 'warpline-layout-'));
  try {
    const cflags = run('pkg-config', '--cflags', 'libdpdk').trim().split(/\s+/);
    const source = join(folder, 'layout.c');
    const binary = join(folder, 'layout');
    writeFileSync(source, program);
    run('cc', ...cflags, '-DALLOW_EXPERIMENTAL_API', source, '-o', binary);
    const rows = run(binary).trim().split('\n');
    return Object.fromEntries(rows.map((row) => row.split('=')).map(([k, v]) => [k, Number(v)]));
  } catch (error) {
    return `no C compiler or no DPDK headers: ${(error as Error).message.split('\n')[0]}`;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function print(name: string, value: string): string {
  return `printf("${name}=%ld\\n", (long)(${value}));`;
}

function run(command: string, ...args: string[]): string {
  return execFileSync(command, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
}
