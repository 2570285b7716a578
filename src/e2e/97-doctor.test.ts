import assert from 'node:assert/strict';
import { cpSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import type { DevicesReport } from '../doctor/devices.js';
import type { DoctorReport } from '../doctor/report.js';
import { VDEVS } from '../doctor/vdevs.js';
import { Folder } from '../testing/capture-folder.js';
import { CHECKOUT, run, warpline } from '../testing/command-line.js';
import { l2fwd, l2fwdHere } from '../testing/l2fwd-program.js';

// What doctor and devices say of this machine is held against what l2fwd then does.

async function report<T>(command: string): Promise<T> {
  const { status, stdout, stderr } = await warpline([command, '--json']);
  assert.deepEqual([status, stderr], [0, '']);
  return JSON.parse(stdout) as T;
}

describe('doctor on this machine', () => {
  it('judges the memory kinds of the software device as l2fwd does', async () => {
    const { verdicts } = await report<DoctorReport>('doctor');
    const own = verdicts.filter(({ device }) => device === 'software');
    assert.equal(own.length, 4);
    for (const { memory, verdict } of own) {
      const how = ['--method', 'serial', '--packets', '64', '--memory', memory];
      const { status } = await l2fwdHere(['--port', 'net_null0', ...how]);
      assert.equal(verdict, status === 0 ? 'works' : 'cannot', memory);
    }
  });

  it('finds the DPDK that l2fwd uses, with net_null among its drivers', async () => {
    const { checks } = await report<DoctorReport>('doctor');
    const [starts, drivers] = checks.filter(({ check }) => check === 'dpdk');
    assert.match(starts.what, /^DPDK \d+\.\d+\S* starts$/);
    assert.match(drivers.what, /\bnull\b/);
  });
});

describe('devices on this machine', () => {
  const folder = new Folder();

  it('lists vdevs that l2fwd opens', async () => {
    const { ports } = await report<DevicesReport>('devices');
    // net_pcap's files are examples; interfaces of others are left alone.
    const own = VDEVS.filter(({ plugin }) => plugin !== 'net_pcap').map(({ devargs }) => devargs);
    const usable = ports.filter(({ verdict }) => verdict === 'works').map(({ option }) => option);
    const devargs = own.filter((each) => usable.includes(`--port ${each}`));
    assert.ok(devargs.includes('net_null0,size=64'));
    for (const each of devargs) {
      const here = each.replace('/tmp/', `${folder.path}/`);
      const { status, stderr } = await l2fwd([
        '--port',
        here,
        '--method',
        'cpu',
        '--duration',
        '0.1',
      ]);
      assert.equal(status, 0, `${each}: ${stderr}`);
    }
  });
});

describe('without the native addons', () => {
  const copy = mkdtempSync(join(tmpdir(), 'warpline-test-'));
  after(() => rmSync(copy, { recursive: true }));
  for (const path of ['bin', 'dist', 'package.json']) {
    cpSync(join(CHECKOUT, path), join(copy, path), { recursive: true });
  }
  symlinkSync(join(CHECKOUT, 'node_modules'), join(copy, 'node_modules'));
  const bare = (...args: string[]) => run(process.execPath, [join(copy, 'bin/warpline'), ...args]);

  it('doctor runs, exit 0, and says that they are missing and how to build them', async () => {
    const { status, stdout, stderr } = await bare('doctor', '--json');
    assert.deepEqual([status, stderr], [0, '']);
    const { checks, verdicts } = JSON.parse(stdout) as DoctorReport;
    const dpdk = checks.find(({ check }) => check === 'dpdk');
    assert.equal(dpdk?.status, 'lacks');
    assert.ok(dpdk?.mend.includes('npm run build'));
    for (const { verdict } of verdicts) assert.notEqual(verdict, 'works');
  });

  it('devices runs, exit 0, and lists nothing as usable', async () => {
    const { status, stdout } = await bare('devices');
    assert.equal(status, 0);
    assert.match(stdout, /^can be used now\n {2}nothing\n/);
  });
});
