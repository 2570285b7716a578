import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { MethodName } from '../apps/l2fwd/options.js';
import { endsOf, Generator, type Link } from '../bench/generator.js';
import { Testpmd } from '../bench/testpmd.js';
import { native } from '../memory/native.js';
import { Folder } from '../testing/capture-folder.js';
import { assertBalanced } from '../testing/forwarding.js';
import { Hosts, noHosts, setLink } from '../testing/hosts.js';
import { type Holdings, L2fwdProcess } from '../testing/l2fwd-process.js';
import { noTestpmd } from '../testing/testpmd.js';

// Ports misbehave: the peer crashes and comes back, nobody takes what is sent, a cable is pulled, an
// interface is deleted. The run goes on or ends with an error that has a name, and counts add up.

/** Where a peer is killed, and how often: WARPLINE_KILLS=N for N times everywhere. */
const KILLS: { link: Link; method: MethodName; kills: number }[] = [
  { link: 'memif', method: 'cpu', kills: 20 },
  { link: 'memif', method: 'persistent', kills: 5 },
  { link: 'vhost', method: 'cpu', kills: 4 },
  { link: 'vhost', method: 'persistent', kills: 4 },
];

const folder = new Folder();
const cpus = native.lcoreCpus();
const common = {
  burst: 32,
  mbufs: 8192,
  queues: 1,
  cpus: [cpus[0], cpus[0]] as [number, number],
};

/** What it holds once it has noticed that its peer is gone: a while after nothing changes. */
async function settled(l2fwd: L2fwdProcess): Promise<Holdings> {
  let holds = l2fwd.holds;
  for (let same = 0; same < 5; ) {
    await sleep(50);
    const now = l2fwd.holds;
    same = now.descriptors === holds.descriptors && now.shared === holds.shared ? same + 1 : 0;
    holds = now;
  }
  return holds;
}

async function listening(socket: string): Promise<void> {
  while (!existsSync(socket)) await sleep(10);
}

describe('a peer', { skip: noTestpmd(), timeout: 600_000 }, () => {
  for (const { link, method, kills: usual } of KILLS) {
    const kills = Number(process.env.WARPLINE_KILLS ?? usual);
    it(`of ${link} may be killed and come back ${kills} times: ${method} forwards on`, async () => {
      const socket = join(folder.path, `${link}-${method}.sock`);
      const { listens, calls } = endsOf(link, socket, 1, 2048);
      const l2fwd = new L2fwdProcess(['--port', listens, '--method', method], 300_000);
      await listening(socket);
      let before: Holdings | undefined;
      let sent = 0;
      for (let kill = 0; kill <= kills; kill++) {
        const peer = new Generator({ ...common, frameBytes: 64, vdevs: [calls] });
        try {
          await peer.connect();
          await peer.generate();
          const start = await peer.counts();
          let now = start;
          while (now.back < start.back + 1000) now = await peer.counts();
          sent += now.sent;
        } finally {
          await peer.crash();
        }
        // What is compiled, and allocated once, comes with the first frames.
        if (kill === 0) before = await settled(l2fwd);
      }
      const after = await settled(l2fwd);
      l2fwd.kill('SIGINT');
      const { status, stderr, result } = await l2fwd.ended();
      assert.equal(status, 0, stderr);
      assertBalanced(result);
      assert.ok(result.rx.packets > 1000 * kills && sent > 1000 * kills);
      const both = JSON.stringify({ before, after });
      assert.ok(before !== undefined && after.descriptors <= before.descriptors, both);
      assert.ok(after.shared <= before.shared, both);
      // Node's heap breathes.
      assert.ok(after.resident < before.resident + 50e6, both);
    });
  }

  it('that takes nothing fills the TX ring: receiving stops, and the end says how many', async () => {
    const socket = join(folder.path, 'full.sock');
    const { listens, calls } = endsOf('memif', socket, 1, 2048);
    const l2fwd = new L2fwdProcess(['--port', listens, '--method', 'launch'], 60_000);
    await listening(socket);
    const peer = new Testpmd({ ...common, forwardMode: 'txonly', vdevs: [calls] });
    try {
      await peer.ask('', /testpmd>/);
      await peer.ask('start', /packet forwarding/i);
      // The list fills up: nothing moves any more.
      await l2fwd.heard(/Mpps 0 [\s\S]*Mpps 0 /);
    } finally {
      l2fwd.kill('SIGINT');
    }
    const { status, stderr, result } = await l2fwd.ended();
    await peer.quit();
    assert.equal(status, 0, stderr);
    assertBalanced(result);
    // All 256 items were on their way, and a ring of 1024 was full.
    assert.ok(result.tx.packets <= 1024, `${result.tx.packets} sent`);
    assert.ok(result.dropped.tx_full > 64 * 200, JSON.stringify(result.dropped));
  });
});

describe('an interface', { skip: noHosts(), timeout: 120_000 }, () => {
  async function between(hosts: Hosts): Promise<L2fwdProcess> {
    const ports = hosts.interfaces.flatMap((name, i) => {
      return ['--port', `net_af_packet${i},iface=${name}`];
    });
    const how = ['--method', 'launch', '--kernel', 'forward', '--verify'];
    const l2fwd = new L2fwdProcess([...ports, ...how]);
    assert.ok(await l2fwd.heard(/rx \d+/));
    return l2fwd;
  }

  it('may go down and come up again: frames pass as before', async (t) => {
    const hosts = new Hosts().cable();
    t.after(() => hosts.close());
    const l2fwd = await between(hosts);
    assert.equal(await hosts.ping(50), 50);
    setLink(hosts.interfaces[1], 'down');
    assert.equal(await hosts.ping(20), 0);
    setLink(hosts.interfaces[1], 'up');
    const again = await hosts.ping(50);
    l2fwd.kill('SIGINT');
    const { status, stderr, result } = await l2fwd.ended();
    assert.equal(status, 0, stderr);
    assert.equal(again, 50);
    assertBalanced(result);
  });

  it('may be deleted: the run ends well when it is told to, and every frame is counted', async (t) => {
    const hosts = new Hosts().cable();
    t.after(() => hosts.close());
    const l2fwd = await between(hosts);
    assert.equal(await hosts.ping(50), 50);
    setLink(hosts.interfaces[1], 'gone');
    assert.equal(await hosts.ping(20), 0);
    l2fwd.kill('SIGINT');
    const { status, stderr, result } = await l2fwd.ended();
    assert.equal(status, 0, stderr);
    assertBalanced(result);
    assert.ok(result.rx.packets >= 100);
  });
});
