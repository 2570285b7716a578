import assert from 'node:assert/strict';
import { test } from 'node:test';
import { TestShell } from '../testing/command-line.js';
import { gpuHost } from '../testing/machines/gpu-host.js';
import { laptop } from '../testing/machines/laptop.js';
import { server } from '../testing/machines/server.js';
import { expand, type Recording } from '../testing/recorded-machine.js';
import { version } from '../version.js';
import { main } from './main.js';

async function warpline(...args: string[]) {
  const shell = new TestShell();
  const status = await main(args, shell);
  return { status, shell };
}

const run = (command: string, recording: Recording, ...args: string[]) =>
  warpline(command, '--root', expand(recording), ...args);

test('doctor draws the bus and the ways from each GPU, best first', async () => {
  const { status, shell } = await run('doctor', server);
  assert.deepEqual([status, shell.stderr], [0, '']);
  const drawn = shell.stdout.split('\n\n').find((part) => part.startsWith('PCIe'));
  assert.equal(
    drawn,
    `PCIe
  NUMA node 0
  ├─ pci0000:15
  │  └─ 0000:15:01.0
  │     └─ 0000:16:00.0
  │        ├─ 0000:17:00.0
  │        │  └─ 0000:18:00.0  GPU cuda:0, NVIDIA H100 PCIe
  │        └─ 0000:17:01.0
  │           └─ 0000:19:00.0  NIC net_mlx5 ens1np0
  └─ pci0000:30
     └─ 0000:30:01.0
        └─ 0000:31:00.0  NIC net_mlx5 ens2np0
  NUMA node 1
  ├─ pci0000:97
  │  └─ 0000:97:01.0
  │     └─ 0000:98:00.0
  │        └─ 0000:99:00.0
  │           └─ 0000:9a:00.0  GPU cuda:1, NVIDIA H100 PCIe
  └─ pci0000:b0
     └─ 0000:b0:01.0
        └─ 0000:b1:00.0  NIC net_ice
  from cuda:0 (0000:18:00.0), nearest first
    PIX     0000:19:00.0  ens1np0  same switch, below 0000:16:00.0
    NODE    0000:31:00.0  ens2np0  same NUMA node, other root complex
    SYS     0000:b1:00.0  across sockets
  from cuda:1 (0000:9a:00.0), nearest first
    NODE    0000:b1:00.0  same NUMA node, other root complex
    SYS     0000:19:00.0  ens1np0  across sockets
    SYS     0000:31:00.0  ens2np0  across sockets`,
  );
});

test('doctor names a check once, and puts the commands below what lacks', async () => {
  const { shell } = await run('doctor', laptop);
  assert.ok(
    shell.stdout.includes(
      `LACKS   dpdk            DPDK is not installed, or not where the loader looks
                        → apt-get install -y libdpdk-dev dpdk-dev build-essential pkg-config
                        → npm run build
LACKS   hugepages       no huge pages are reserved`,
    ),
    shell.stdout,
  );
  assert.match(shell.stdout, /^ {2}software {6}host {8}would work if {2}DPDK is not installed$/m);
});

test('doctor --json has its documented fields, and exit 0 whatever it found', async () => {
  const { status, shell } = await run('doctor', gpuHost, '--json');
  assert.equal(status, 0);
  const report = JSON.parse(shell.stdout);
  assert.deepEqual(Object.keys(report), [
    'app',
    'version',
    'root',
    'system',
    'checks',
    'gpus',
    'nics',
    'paths',
    'verdicts',
  ]);
  assert.deepEqual([report.app, report.version], ['doctor', version]);
  for (const each of report.checks) {
    assert.deepEqual(Object.keys(each), ['check', 'status', 'what', 'mend']);
    assert.ok(['ok', 'lacks', 'note', 'unknown'].includes(each.status));
  }
  for (const each of report.verdicts) {
    assert.deepEqual(Object.keys(each), ['memory', 'device', 'verdict', 'reason', 'mend']);
    assert.ok(['works', 'if', 'cannot', 'unknown'].includes(each.verdict));
  }
  assert.deepEqual(report.gpus, [
    {
      device: 'cuda:0',
      name: 'NVIDIA H200',
      address: '0000:00:05.0',
      memoryBytes: 150_754_820_096,
      bar1Bytes: 256 * 2 ** 30,
      numaNode: null,
      kernelDriver: 'nvidia',
      chain: ['pci0000:00', '0000:00:05.0'],
    },
  ]);
});

test('devices puts what works first, with its option', async () => {
  const { status, shell } = await run('devices', server);
  assert.equal(status, 0);
  const [first, second] = shell.stdout.split('\n\n');
  assert.match(first, /^can be used now\n {2}--device cuda:0 +NVIDIA H100 PCIe, 0000:18:00\.0/);
  assert.match(
    first,
    /^ {2}--port 0000:19:00\.0 +net_mlx5, bound to mlx5_core; .*not run on hardware$/m,
  );
  assert.match(second, /^cannot be used now\n.*\n.*\n {2}--port net_af_packet2,iface=lo +/);
});

test('devices says a command once', async () => {
  const { shell } = await run('devices', laptop);
  assert.match(shell.stdout, /^can be used now\n {2}nothing\n\ncannot be used now\n/);
  assert.equal(shell.stdout.split('apt-get install').length, 2);
  assert.match(shell.stdout, /--port net_null0,size=64 .*DPDK is not installed → as above$/m);
});

test('devices --json has its documented fields', async () => {
  const { shell } = await run('devices', server, '--json');
  const report = JSON.parse(shell.stdout);
  assert.deepEqual(Object.keys(report), ['app', 'version', 'root', 'ports', 'gpus']);
  for (const line of [...report.ports, ...report.gpus]) {
    assert.deepEqual(Object.keys(line), ['option', 'what', 'verdict', 'reason', 'mend']);
  }
});

for (const command of ['doctor', 'devices']) {
  test(`${command} --root without a recording is wrong use`, async () => {
    const { status, shell } = await warpline(command, '--root', '/nowhere');
    assert.equal(status, 2);
    assert.equal(
      shell.stderr,
      'warpline: ROOT_UNUSABLE: cannot look at /nowhere: no such file or directory. Give --root ' +
        'the folder of a recording, or leave it out to look at this machine.\n',
    );
    const file = await warpline(command, '--root', '/etc/passwd');
    assert.match(file.shell.stderr, /ROOT_UNUSABLE: .*: it is no folder\./);
  });

  test(`${command} --help has its options and examples`, async () => {
    const { status, shell } = await warpline(command, '--help');
    assert.equal(status, 0);
    assert.match(shell.stdout, /^ {2}--json .*\n {2}--root DIR /m);
    assert.match(
      shell.stdout,
      new RegExp(`^Examples:\n {2}# .*\n {2}(sudo )?warpline ${command}`, 'm'),
    );
  });
}
