import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MEMORY_KINDS } from '../apps/l2fwd/options.js';
import { gpuHost } from '../testing/machines/gpu-host.js';
import { laptop } from '../testing/machines/laptop.js';
import { server } from '../testing/machines/server.js';
import { vm } from '../testing/machines/vm.js';
import { expand, type Recording } from '../testing/recorded-machine.js';
import type { Status } from './check.js';
import { Machine } from './machine.js';
import { type DoctorReport, doctor } from './report.js';
import { CHECKS } from './table.js';
import { pathsOf } from './topology.js';
import { judgeMemory, OFFERED, type Verdict } from './verdicts.js';

const look = (recording: Recording) => doctor(expand(recording));

/** A recording with other files, or without some: undefined takes one away. */
function changed(of: Recording, files: Record<string, string | undefined>): Recording {
  const all = Object.entries({ ...of.files, ...files }).filter(([, text]) => text !== undefined);
  return { ...of, files: Object.fromEntries(all) as Record<string, string> };
}

const of = (report: DoctorReport, check: string) =>
  report.checks.filter((each) => each.check === check);

function statuses(report: DoctorReport): Record<string, string> {
  const found: Record<string, string> = {};
  for (const { check, status } of report.checks) {
    found[check] = found[check] === undefined ? status : `${found[check]} ${status}`;
  }
  return found;
}

function found(report: DoctorReport, check: string, status: Status, what: RegExp) {
  const match = of(report, check).find((each) => each.status === status && what.test(each.what));
  assert.ok(match, `${check}: no ${status} ${what} in ${JSON.stringify(of(report, check))}`);
  return match.mend.join('\n');
}

function verdict(report: DoctorReport, device: string, memory: string) {
  const match = report.verdicts.find((each) => each.device === device && each.memory === memory);
  assert.ok(match, `${device} ${memory}`);
  return match;
}

test('every check is in every report, under its name; what lacks nothing mends nothing', async () => {
  for (const recording of [laptop, vm, gpuHost, server, { files: {} }]) {
    const report = await look(recording);
    const names = [...new Set(report.checks.map(({ check }) => check))];
    assert.deepEqual(
      names,
      CHECKS.map(({ name }) => name),
    );
    for (const { status, mend, what } of report.checks) {
      if (status === 'ok' || status === 'note') assert.deepEqual(mend, [], what);
      assert.notEqual(what, '');
      assert.doesNotMatch(what, /undefined|NaN|\n/);
    }
  }
});

test('a laptop with nothing: what to install, and nothing that needs a GPU', async () => {
  const report = await look(laptop);
  assert.deepEqual(statuses(report), {
    dpdk: 'lacks',
    hugepages: 'lacks lacks',
    iommu: 'ok',
    privileges: 'lacks',
    memlock: 'lacks',
    cores: 'ok lacks lacks',
    numa: 'ok',
    gpus: 'note',
    nvrtc: 'note',
    bar1: 'note',
    vulkan: 'note',
    'dma-buf': 'note',
    'nvidia-peermem': 'note',
    gdrcopy: 'note',
    nics: 'lacks note',
  });
  assert.match(found(report, 'dpdk', 'lacks', /not installed/), /^apt-get install -y libdpdk-dev /);
  // It is mounted: only reserving is left to do.
  assert.equal(
    found(report, 'hugepages', 'lacks', /no huge pages/),
    'echo 1024 > /sys/kernel/mm/hugepages/hugepages-2048kB/nr_hugepages',
  );
  found(report, 'gpus', 'note', /0000:00:02\.0 \(8086:46a6\) is graphics of another maker/);
  found(report, 'privileges', 'lacks', /ordinary user, without CAP_NET_RAW/);
  assert.match(found(report, 'cores', 'lacks', /isolated/), /isolcpus=2-7 /);
  const { verdict: word, mend } = verdict(report, 'software', 'host');
  assert.equal(word, 'if');
  assert.ok(mend.includes('npm run build'));
  assert.deepEqual(report.gpus, []);
});

test('a small virtual machine: no advice that cannot work there', async () => {
  const report = await look(vm);
  found(report, 'dpdk', 'ok', /^DPDK 22\.11\.11 starts$/);
  found(report, 'dpdk', 'note', /5 port drivers: af_packet af_xdp null tap virtio$/);
  assert.match(found(report, 'hugepages', 'lacks', /no huge pages/), /mount -t hugetlbfs/);
  assert.equal(found(report, 'iommu', 'lacks', /no IOMMU in this virtual machine/), '');
  found(report, 'memlock', 'ok', /CAP_IPC_LOCK overrides/);
  found(report, 'cores', 'unknown', /governor/);
  found(
    report,
    'nics',
    'note',
    /0000:00:03\.0 \(eth0, eth1\): net_virtio, bound to virtio-pci; not/,
  );
  // Its kernel loads no modules: modprobe would be wrong advice anywhere.
  assert.doesNotMatch(JSON.stringify(report), /modprobe/);
  assert.equal(report.system.virtual, true);
  assert.equal(verdict(report, 'software', 'host').verdict, 'works');
});

test('a host with one GPU and no card', async () => {
  const report = await look(gpuHost);
  found(report, 'gpus', 'ok', /^cuda:0: NVIDIA H200, sm_90, 140\.4 GiB, 0000:00:05\.0/);
  found(report, 'gpus', 'ok', /^NVIDIA driver 580\.159\.03 \(open\)$/);
  found(report, 'nvrtc', 'ok', /NVRTC 13\.0/);
  found(report, 'bar1', 'ok', /BAR1 of 256 GiB covers all/);
  found(report, 'dma-buf', 'ok', /cuda:0/);
  assert.equal(found(report, 'vulkan', 'lacks', /Vulkan/), 'apt-get install -y libnvidia-gl-580');
  assert.match(found(report, 'gdrcopy', 'lacks', /gdrdrv is not loaded, libgdrapi/), /insmod\.sh/);
  assert.match(
    found(report, 'privileges', 'lacks', /root, without CAP_NET_ADMIN/),
    /cap-add=NET_ADMIN/,
  );
  assert.equal(
    found(report, 'hugepages', 'lacks', /512 of 2 MiB \(512 free\), but no hugetlbfs is mounted/),
    'mkdir -p /dev/hugepages && mount -t hugetlbfs nodev /dev/hugepages',
  );
  assert.equal(verdict(report, 'cuda:0', 'host').verdict, 'works');
  const gpu = verdict(report, 'cuda:0', 'gpu');
  assert.equal(gpu.verdict, 'cannot');
  assert.match(gpu.reason, /^net_null and net_ring work; .*ConnectX/);
  assert.deepEqual(report.paths, []);
  assert.deepEqual(report.gpus[0].chain, ['pci0000:00', '0000:00:05.0']);
});

test('the same without its driver, its library, its compiler', async () => {
  const unasked = { ...gpuHost, answers: { dpdk: gpuHost.answers?.dpdk } };
  const version = '/proc/driver/nvidia/version';
  const bare = await look(
    changed(unasked, { [version]: undefined, '/sys/module/nvidia/version': undefined }),
  );
  found(bare, 'gpus', 'note', /^0000:00:05\.0: NVIDIA device 2335/);
  found(bare, 'gpus', 'lacks', /driver is not loaded/);
  assert.equal(verdict(bare, '0000:00:05.0', 'host').verdict, 'if');

  const cuda = '/usr/lib/x86_64-linux-gnu/libcuda.so.1';
  const headless = await look(changed(unasked, { [cuda]: undefined }));
  assert.equal(
    found(headless, 'gpus', 'lacks', /libcuda\.so\.1 is not there/),
    'apt-get install -y libnvidia-compute-580',
  );
  const { mend, reason } = verdict(headless, '0000:00:05.0', 'host');
  assert.match(reason, /NVRTC 12 or 13 is not there; libcuda\.so\.1 is not there/);
  assert.match(mend.join('\n'), /repos\/ubuntu2204\/x86_64.*\napt-get install -y cuda-nvrtc-13-0/);

  const debian = await look(
    changed(gpuHost, {
      '/etc/os-release': 'ID=debian\nVERSION_ID="12"',
      [version]: 'NVRM version: NVIDIA UNIX x86_64 Kernel Module  535.247.01  Release',
    }),
  );
  assert.equal(found(debian, 'vulkan', 'lacks', /Vulkan/), 'apt-get install -y nvidia-vulkan-icd');
});

test('a two-socket server: NIC to GPU below one switch works, across sockets nobody promises', async () => {
  const report = await look(server);
  const lacking = report.checks.filter(({ status }) => status === 'lacks' || status === 'unknown');
  assert.deepEqual(lacking, []);
  found(report, 'hugepages', 'ok', /32 of 1 GiB \(30 free\), mounted/);
  found(report, 'numa', 'note', /2 nodes; 0: CPUs 0-31; 1: CPUs 32-63/);
  found(report, 'cores', 'ok', /isolated from the scheduler: 2-31, without ticks 2-31/);
  found(
    report,
    'nics',
    'ok',
    /^0000:19:00\.0 \(ens1np0\): net_mlx5, bound to mlx5_core, NUMA node 0/,
  );
  const near = verdict(report, 'cuda:0', 'gpu');
  assert.deepEqual([near.verdict, near.mend], ['works', []]);
  assert.match(near.reason, /0000:19:00\.0 \(ens1np0\), PIX: same switch; not run on hardware/);
  const across = verdict(report, 'cuda:1', 'gpu');
  assert.equal(across.verdict, 'unknown');
  assert.match(across.reason, /SYS: across sockets: NVIDIA promises/);
  assert.equal(report.gpus[1].numaNode, 1);
});

const peermem = '/sys/module/nvidia_peermem/refcnt';
const DEP = '/lib/modules/5.15.0-140-generic/modules.dep';

test('nvidia-peermem not loaded: there, not there, of no use, or nobody knows', async () => {
  const available = await look(
    changed(server, { [peermem]: undefined, [DEP]: 'x/nvidia-peermem.ko:' }),
  );
  assert.equal(
    found(available, 'nvidia-peermem', 'lacks', /not loaded$/),
    'modprobe -a nvidia-peermem',
  );
  const { verdict: word, mend } = verdict(available, 'cuda:0', 'gpu');
  assert.deepEqual([word, mend], ['if', ['modprobe -a nvidia-peermem']]);

  const missing = await look(changed(server, { [peermem]: undefined, [DEP]: 'x/other.ko:' }));
  assert.equal(found(missing, 'nvidia-peermem', 'lacks', /no such module is installed/), '');
  assert.equal(verdict(missing, 'cuda:0', 'gpu').verdict, 'cannot');

  const nobody = await look(changed(server, { [peermem]: undefined }));
  found(nobody, 'nvidia-peermem', 'unknown', /whether there is one is not known/);
  assert.equal(verdict(nobody, 'cuda:0', 'gpu').verdict, 'unknown');

  const plain = await look(
    changed(server, {
      [peermem]: undefined,
      [DEP]: 'x/nvidia-peermem.ko:',
      '/sys/module/ib_core/refcnt': '1',
      '/proc/kallsyms': '0 T ib_register_client\t[ib_core]',
    }),
  );
  assert.match(found(plain, 'nvidia-peermem', 'lacks', /knows no peer memory/), /doca-ofed/);
});

test('a ConnectX that is bound to vfio-pci goes back to its own driver', async () => {
  const pci = server.pci?.map((each) =>
    each.path.endsWith('19:00.0') ? { ...each, driver: 'vfio-pci' } : each,
  );
  const report = await look({ ...server, pci });
  const mend = found(report, 'nics', 'lacks', /bound to vfio-pci, not mlx5_core/);
  assert.match(mend, /echo 0000:19:00\.0 > \/sys\/bus\/pci\/drivers_probe/);
  // The other one still does it, if from farther.
  assert.match(verdict(report, 'cuda:0', 'gpu').reason, /^0000:/);
});

test('a GPU older than Volta, and a BAR1 that shows a part', async () => {
  const devices = gpuHost.answers?.cuda?.devices;
  assert.ok(devices && 'answer' in devices);
  const old = devices.answer.map((gpu) => ({ ...gpu, architecture: 61, dmaBuf: false }));
  const [card] = gpuHost.pci ?? [];
  const regions = [...(card.regions ?? [])];
  regions[2] = '0x0000000010000000 0x000000001fffffff 0x000000000014220c';
  const report = await look({
    ...gpuHost,
    pci: [{ ...card, regions }],
    answers: {
      ...gpuHost.answers,
      cuda: { devices: { answer: old }, compiler: { answer: '12.8' } },
    },
  });
  found(report, 'gpus', 'note', /older than Volta/);
  found(report, 'bar1', 'lacks', /BAR1 of 256 MiB shows a part of 140\.4 GiB/);
  found(report, 'dma-buf', 'lacks', /no export as a dma-buf/);
  const word = verdict(report, 'cuda:0', 'host');
  assert.deepEqual([word.verdict, word.reason], ['cannot', 'sm_61 is older than Volta (sm_70)']);
});

test('where nothing can be seen, nothing is claimed', async () => {
  const report = await look({ files: {} });
  for (const check of ['privileges', 'memlock', 'cores', 'numa', 'gpus', 'iommu', 'nics']) {
    assert.equal(of(report, check)[0].status, 'unknown', check);
  }
});

test('memory kinds this version has not are said so, on every device', async () => {
  const report = await look(server);
  for (const { memory, verdict, reason } of report.verdicts) {
    if (!OFFERED.includes(memory)) {
      assert.deepEqual([verdict, reason], ['cannot', `this version has no --memory ${memory} yet`]);
    }
  }
});

test('of Vulkan and gdrcopy either does', async () => {
  const noVulkan = await look(
    changed(server, {
      '/usr/lib/x86_64-linux-gnu/libGLX_nvidia.so.0': undefined,
      '/usr/share/vulkan/icd.d/nvidia_icd.json': undefined,
    }),
  );
  found(noVulkan, 'vulkan', 'note', /gdrcopy does as well/);
  const noModule = await look(changed(server, { '/sys/module/gdrdrv/refcnt': undefined }));
  found(noModule, 'gdrcopy', 'note', /^gdrdrv is not loaded; Vulkan does as well/);
});

test('a dma-buf takes the open kernel modules, and a kernel that is not too old', async () => {
  const devices = gpuHost.answers?.cuda?.devices;
  assert.ok(devices && 'answer' in devices);
  const answer = devices.answer.map((gpu) => ({ ...gpu, dmaBuf: false }));
  const closed = changed(
    { ...gpuHost, answers: { ...gpuHost.answers, cuda: { devices: { answer } } } },
    {
      '/proc/driver/nvidia/version':
        'NVRM version: NVIDIA UNIX x86_64 Kernel Module  570.86.15  Release',
    },
  );
  const report = await look(closed);
  found(report, 'gpus', 'ok', /^NVIDIA driver 570\.86\.15$/);
  const mend = found(report, 'dma-buf', 'lacks', /it takes the open kernel modules/);
  assert.equal(mend, 'apt-get install -y nvidia-driver-570-open && reboot');
  const old = await look(changed(closed, { '/proc/sys/kernel/osrelease': '5.10.0-30-amd64' }));
  assert.equal(found(old, 'dma-buf', 'lacks', /it takes a kernel of 5\.12 or later/), '');
});

test('a GPU that CUDA lists and does not open is not called good', async () => {
  const devices = gpuHost.answers?.cuda?.devices;
  assert.ok(devices && 'answer' in devices);
  const opens = { failure: 'CUDA fails at cuCtxCreate: CUDA_ERROR_ECC_UNCORRECTABLE' };
  const answer = devices.answer.map((gpu) => ({ ...gpu, opens }));
  const cuda = { devices: { answer }, compiler: { answer: '13.0' } };
  const report = await look({ ...gpuHost, answers: { ...gpuHost.answers, cuda } });
  assert.equal(found(report, 'gpus', 'lacks', /does not open: CUDA fails/), 'nvidia-smi');
  assert.equal(verdict(report, 'cuda:0', 'host').verdict, 'unknown');
});

test('all memory kinds, as a version that has them would judge', async () => {
  const words = async (recording: Recording, device: string) => {
    const machine = await Machine.look(expand(recording));
    const paths = pathsOf(machine.gpus, machine.nics, machine.nodes);
    const verdicts = judgeMemory(machine, paths, MEMORY_KINDS);
    return verdicts.filter((each) => each.device === device);
  };
  const short = (verdicts: readonly Verdict[]) => verdicts.map(({ verdict }) => verdict);
  assert.deepEqual(short(await words(server, 'cuda:0')), ['works', 'works', 'works', 'works']);
  assert.deepEqual(short(await words(vm, 'software')), ['works', 'works', 'works', 'works']);
  const host = await words(gpuHost, 'cuda:0');
  assert.deepEqual(short(host), ['works', 'cannot', 'if', 'works']);
  assert.equal(host[2].reason, "neither NVIDIA's Vulkan driver nor gdrcopy is there");
  assert.deepEqual(host[2].mend, ['apt-get install -y libnvidia-gl-580']);
  // The library is there and yet the open GPU says it maps nothing: nobody can tell why.
  const driver = { '/usr/lib/x86_64-linux-gnu/libGLX_nvidia.so.0': '' };
  const odd = await words(changed(gpuHost, driver), 'cuda:0');
  assert.equal(odd[2].verdict, 'unknown');
});
