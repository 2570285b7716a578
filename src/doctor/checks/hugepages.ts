import { type Check, type Finding, lacks, note, ok, unknown } from '../check.js';
import type { Tree } from '../tree.js';

const FOLDER = '/sys/kernel/mm/hugepages';
const SIZES = [
  { name: '2 MiB', folder: 'hugepages-2048kB', enough: 1024 },
  { name: '1 GiB', folder: 'hugepages-1048576kB', enough: 2 },
] as const;

/** Huge pages, for other DPDK programs: warpline asks for transparent ones, and needs neither. */
export const hugepages: Check = {
  name: 'hugepages',
  look({ tree }) {
    return [...reserved(tree), transparent(tree)];
  },
};

function reserved(tree: Tree): Finding[] {
  const present = SIZES.map((size) => ({
    ...size,
    total: tree.number(`${FOLDER}/${size.folder}/nr_hugepages`),
    free: tree.number(`${FOLDER}/${size.folder}/free_hugepages`),
  })).filter(({ total }) => total !== undefined);
  if (present.length === 0) {
    return [unknown('this kernel shows no huge pages (/sys/kernel/mm/hugepages)')];
  }
  const some = present.filter(({ total }) => total !== 0);
  if (some.length === 0) {
    return [
      lacks('no huge pages are reserved: warpline does without, other DPDK programs may not', [
        `echo ${present[0].enough} > ${FOLDER}/${present[0].folder}/nr_hugepages`,
        ...mount(tree),
      ]),
    ];
  }
  const counts = some
    .map(({ name, total, free }) => `${total} of ${name} (${free} free)`)
    .join(', ');
  return mount(tree).length === 0
    ? [ok(`${counts}, mounted`)]
    : [lacks(`${counts}, but no hugetlbfs is mounted`, mount(tree))];
}

function mount(tree: Tree): string[] {
  const mounts = tree.text('/proc/self/mounts') ?? tree.text('/proc/mounts') ?? '';
  if (/^\S+ \S+ hugetlbfs /m.test(mounts)) return [];
  return ['mkdir -p /dev/hugepages && mount -t hugetlbfs nodev /dev/hugepages'];
}

const TRANSPARENT = '/sys/kernel/mm/transparent_hugepage/enabled';

function transparent(tree: Tree): Finding {
  const chosen = /\[(\w+)\]/.exec(tree.text(TRANSPARENT) ?? '')?.[1];
  if (chosen === undefined)
    return unknown('whether there are transparent huge pages: no sysfs file');
  return chosen === 'never'
    ? lacks('transparent huge pages are off: pools of mbufs cost more TLB misses', [
        `echo madvise > ${TRANSPARENT}`,
      ])
    : note(`transparent huge pages: ${chosen}; warpline's pools use them`);
}
