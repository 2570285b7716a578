import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { readFrames } from '../capture/capture.js';
import { CHECKOUT, run } from '../testing/command-line.js';

// `npm run bundle` leaves the tree beside the archive. It takes a minute, so nobody does it here.
const bundle = join(CHECKOUT, 'build/bundle/warpline');
const skip = existsSync(bundle) ? false : 'no bundle: npm run bundle makes one';

describe('the bundle', { skip }, () => {
  const folder = mkdtempSync(join(tmpdir(), 'warpline-test-'));
  after(() => rmSync(folder, { recursive: true }));
  // What the commands need of the host, and no Node among it.
  for (const tool of ['readlink', 'find', 'sort']) {
    symlinkSync(join('/usr/bin', tool), join(folder, tool));
  }
  const alone = ['-i', `PATH=${folder}`];

  it('forwards a capture, through a link, in an empty environment', async () => {
    symlinkSync(join(bundle, 'bin/warpline'), join(folder, 'warpline'));
    const input = join(bundle, 'data/sample.pcap');
    const args = ['l2fwd', '--in', input, '--out', 'x.pcap', '--verify', '--json'];
    const { status, stdout, stderr } = await run('env', [...alone, 'warpline', ...args], folder);
    assert.equal(status, 0, stderr);
    const frames = [...readFrames(input)].length;
    assert.deepEqual(JSON.parse(stdout).verify, { checked: frames, wrong: 0 });
    assert.equal([...readFrames(join(folder, 'x.pcap'))].length, frames);
  });

  it('loads its own DPDK, every library once, whatever the host has', async () => {
    const command = [join(bundle, 'bin/warpline'), 'l2fwd', '--port', 'net_null0'];
    const { status, stderr } = await run(
      'env',
      [...alone, 'LD_DEBUG=files', ...command, '--packets', '100'],
      folder,
    );
    assert.equal(status, 0);
    // One such line for each object that is mapped: ld.so(8), LD_DEBUG.
    const files = [...stderr.matchAll(/calling init: (\S+)/g)].map(([, file]) => file);
    const dpdk = files.filter((file) => file.includes('/librte_'));
    assert.ok(dpdk.some((file) => file.includes('librte_net_null')));
    for (const file of dpdk) assert.ok(file.startsWith(bundle), file);
    assert.equal(new Set(dpdk).size, dpdk.length);
  });

  it('runs its tests, those that are asked for', async () => {
    const command = join(bundle, 'bin/warpline-test');
    const { status, stdout } = await run('env', [...alone, command, 'kernels/mac-swap.test.js']);
    assert.equal(status, 0, stdout);
    assert.match(stdout, /^ℹ pass [1-9]/m);
    const lacking = await run('env', [...alone, command, 'no-such-folder']);
    assert.notEqual(lacking.status, 0);
  });

  const testpmd = existsSync(join(bundle, 'bin/dpdk-testpmd'));
  it('compares itself with its own testpmd', { skip: !testpmd && 'made without one' }, async () => {
    symlinkSync('/usr/bin/stdbuf', join(folder, 'stdbuf'));
    const command = [join(bundle, 'bin/warpline'), 'bench', 'cpu', '--json'];
    const short = ['--rounds', '1', '--seconds', '0.3'];
    const { status, stdout, stderr } = await run('env', [...alone, ...command, ...short], folder);
    assert.equal(status, 0, stderr);
    const { rows } = JSON.parse(stdout);
    for (const { mpps, testpmdMpps } of rows) assert.ok(mpps > 0 && testpmdMpps > 0);
    assert.equal(rows.length, 2);
  });

  it('has the licenses of Node and DPDK', () => {
    const licenses = join(bundle, 'licenses');
    const eal = readdirSync(licenses).filter((name) => name.startsWith('librte-eal'));
    for (const [name, says] of [
      ['node.LICENSE', /^Node\.js is licensed/],
      [eal[0], /BSD-3-clause/i],
    ] as const) {
      assert.match(readFileSync(join(licenses, name), 'utf8'), says);
    }
  });
});
