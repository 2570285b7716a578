import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { MethodName } from '../apps/l2fwd/options.js';
import { assertBalanced } from '../testing/forwarding.js';
import { Hosts, noHosts, noIperf } from '../testing/hosts.js';
import { L2fwdProcess } from '../testing/l2fwd-process.js';

// Two hosts that know nothing of DPDK, with l2fwd between them: ARP, ping, and a TCP transfer whose
// checksum is the same at both ends. They are network namespaces; the frames are the kernel's own.

/** What a TCP transfer carries: WARPLINE_TCP_MB=1000 for the long one. */
const MEGABYTES = Number(process.env.WARPLINE_TCP_MB ?? 30);
const PINGS = 1000;
const IPERF_SECONDS = 2;

const cases: { driver: 'af_packet' | 'tap' | 'af_xdp'; method: MethodName }[] = [
  { driver: 'af_packet', method: 'io' },
  { driver: 'af_packet', method: 'persistent' },
  { driver: 'tap', method: 'io' },
  { driver: 'tap', method: 'stream' },
  { driver: 'af_xdp', method: 'io' },
];

describe('two hosts', { skip: noHosts(), timeout: 1_200_000 }, () => {
  for (const { driver, method } of cases)
    it(`reach each other over net_${driver} with ${method}`, async (t) => {
      const hosts = new Hosts();
      t.after(() => hosts.close());
      if (driver !== 'tap') hosts.cable();
      const ports = hosts.interfaces.flatMap((name, i) => {
        return ['--port', `net_${driver}${i},iface=${name}`];
      });
      const how = ['--method', method, '--kernel', 'forward', '--verify'];
      const l2fwd = new L2fwdProcess([...ports, ...how], 1_000_000);
      // Live statistics come once the ports are open.
      if (!(await l2fwd.heard(/rx \d+/))) {
        const { stderr } = await l2fwd.ended();
        assert.equal(driver, 'af_xdp', stderr);
        t.skip(`no net_af_xdp here: ${stderr.trim().split('\n').at(-1)}`);
        return;
      }
      if (driver === 'tap') hosts.adopt();

      const answers = await hosts.ping(PINGS);
      const neighbour = hosts.neighbour();
      const [sent, received] = await hosts.transfer(MEGABYTES * 1e6);
      const address = hosts.hardwareAddress();
      l2fwd.kill('SIGINT');
      const { status, stderr, result } = await l2fwd.ended();

      assert.equal(status, 0, stderr);
      assert.equal(neighbour, address, 'ARP');
      assert.equal(answers, PINGS, 'answers to ping');
      assert.match(sent, /^[0-9a-f]{64}$/);
      assert.equal(received, sent, 'checksum of what TCP carried');
      assertBalanced(result);
      // net_af_xdp keeps what is in its fill ring when it is closed (DPDK 22.11).
      assert.equal(result.mempool.kept, driver === 'af_xdp' ? 2 * 2048 : undefined);
      assert.equal(result.rx.packets, result.tx.packets);
      assert.equal(result.verify?.wrong, 0);
      assert.ok(result.tx.bytes > MEGABYTES * 1e6);
      for (const { rx, tx } of result.queues) assert.ok(rx.packets > 0 && tx.packets > 0);
    });

  it('reach each other over net_af_xdp into device memory: frames land in pages first', async (t) => {
    const hosts = new Hosts().cable();
    t.after(() => hosts.close());
    const ports = hosts.interfaces.flatMap((name, i) => ['--port', `net_af_xdp${i},iface=${name}`]);
    const how = ['--method', 'persistent', '--kernel', 'forward', '--verify'];
    const l2fwd = new L2fwdProcess([...ports, ...how, '--memory', 'gpu-mapped']);
    if (!(await l2fwd.heard(/rx \d+/))) {
      t.skip(`no net_af_xdp here: ${(await l2fwd.ended()).stderr.trim().split('\n').at(-1)}`);
      return;
    }
    const answers = await hosts.ping(100);
    const [sent, received] = await hosts.transfer(1e6);
    l2fwd.kill('SIGINT');
    const { status, stderr, result } = await l2fwd.ended();
    assert.equal(status, 0, stderr);
    assert.equal(answers, 100);
    assert.equal(received, sent, 'checksum of what TCP carried');
    assertBalanced(result);
    const { size, available, kept } = result.landingPool ?? {};
    assert.deepEqual([available, kept], [Number(size) - 2 * 2048, 2 * 2048]);
    assert.equal(result.mempool.kept, undefined);
    assert.equal(result.verify?.wrong, 0);
  });

  it('measure with iperf3, both ways at once', { skip: noIperf() }, async (t) => {
    const hosts = new Hosts().cable();
    t.after(() => hosts.close());
    const ports = hosts.interfaces.flatMap((name, i) => {
      return ['--port', `net_af_packet${i},iface=${name}`];
    });
    const l2fwd = new L2fwdProcess([...ports, '--method', 'launch', '--kernel', 'forward']);
    assert.ok(await l2fwd.heard(/rx \d+/));
    const [there, back] = await hosts.iperf(IPERF_SECONDS);
    l2fwd.kill('SIGINT');
    const { status, stderr, result } = await l2fwd.ended();
    assert.equal(status, 0, stderr);
    assertBalanced(result);
    assert.ok(there > 1e6 && back > 1e6, `${there} bytes there, ${back} back`);
    assert.ok(result.tx.bytes > there + back);
  });
});
