import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { readFrames } from '../capture/capture.js';
import type { ErrorCode, WarplineError } from '../errors.js';
import { native } from '../memory/native.js';
import { frameOf, PcapWriter } from '../testing/capture-files.js';
import { Folder } from '../testing/capture-folder.js';
import { MbufArray } from '../testing/mbuf-array.js';
import { mappedBytes } from '../testing/process-memory.js';
import { Eal } from './eal.js';
import { Mempool } from './mempool.js';
import { Port } from './port.js';
import { Turn } from './turn.js';

Eal.start();
const folder = new Folder();
const pool = Mempool.create({ name: 'ports', mbufs: 8192, frameBytes: 2048 });
const mbufs = new MbufArray(512);
const turn = Turn.alone();

const NO_COUNTS = {
  ipackets: 0,
  opackets: 0,
  ibytes: 0,
  obytes: 0,
  imissed: 0,
  ierrors: 0,
  oerrors: 0,
  rxNombuf: 0,
};

/** Asserts that a call is refused with this code, exit status 2 and one whole line. */
function refused(run: () => unknown, code: ErrorCode, says: RegExp): void {
  assert.throws(run, (error: WarplineError) => {
    assert.deepEqual([error.code, error.exit], [code, 2], String(error));
    assert.match(error.line, says);
    assert.match(error.line, /^warpline: [A-Z_]+: [^\n]+\.$/);
    assert.doesNotMatch(error.line, /\{\w+\}|undefined/);
    return true;
  });
}

/** Receives once on a queue and gives the frames back; tells how many they were. */
function receive(port: Port, most: number, queue = 0): number {
  turn.aim(port.id, queue).sendNothing();
  turn.receiveInto(mbufs.at(0), 0, most);
  turn.run();
  mbufs.free(0, turn.received);
  return turn.received;
}

/** Sends frames on a queue; tells how many the port took. */
function send(port: Port, frames: Uint8Array[], queue = 0): number {
  mbufs.fill(pool, frames);
  turn.aim(port.id, queue).receiveNothing();
  turn.send(mbufs.at(0), frames.length, 0);
  turn.run();
  mbufs.free(turn.sent, frames.length - turn.sent);
  return turn.sent;
}

function frames(count: number, length = 60): Uint8Array[] {
  return Array.from({ length: count }, (_, i) => frameOf(length, i));
}

function capture(all: Uint8Array[]): string {
  const writer = new PcapWriter();
  for (const frame of all) writer.record(frame);
  return folder.file(writer.bytes());
}

describe('port', () => {
  after(() => {
    pool.free();
    Eal.stop();
  });

  it('tells who it is: name, driver, address, limits', () => {
    const port = Port.attach('net_null0,size=100');
    const { mac, ...info } = port.info;
    assert.deepEqual(info, {
      name: 'net_null0',
      driver: 'net_null',
      mtu: 1500,
      socket: info.socket,
      maxRxQueues: 1024,
      maxTxQueues: 1024,
      rxOffloads: info.rxOffloads,
      splitPools: 0,
      splitHeaders: info.splitHeaders,
    });
    assert.equal(port.splits, false);
    assert.match(mac, /^([0-9A-F]{2}:){5}[0-9A-F]{2}$/i);
    assert.equal(port.devargs, 'net_null0,size=100');
    assert.ok(Number.isInteger(info.socket) && info.socket >= -1);
    port.close();
  });

  it('has a link while it runs', () => {
    const port = Port.attach('net_null0').configure(1, pool);
    assert.deepEqual(port.link, { up: false, mbps: 10_000, fullDuplex: true });
    port.start();
    assert.deepEqual(port.link, { up: true, mbps: 10_000, fullDuplex: true });
    port.stop();
    assert.equal(port.link.up, false);
    // Stopping what is stopped is nothing; it starts again.
    port.stop();
    assert.equal(port.start().link.up, true);
    assert.equal(receive(port, 8), 8);
    port.close();
  });

  it('counts what went through it, packets and bytes, since it was attached', () => {
    const input = frames(300, 90);
    const out = join(folder.path, 'stats.pcap');
    const port = Port.attach(`net_pcap0,rx_pcap=${capture(input)},tx_pcap=${out}`);
    port.configure(1, pool).start();
    assert.deepEqual(port.stats, NO_COUNTS);
    assert.equal(receive(port, 200), 200);
    assert.equal(send(port, frames(7, 60)), 7);
    const counted = { ...NO_COUNTS, ipackets: 200, ibytes: 18_000, opackets: 7, obytes: 420 };
    assert.deepEqual(port.stats, counted);
    const { extendedStats } = port;
    assert.equal(extendedStats.rx_good_packets, 200);
    assert.equal(extendedStats.rx_good_bytes, 18_000);
    assert.equal(extendedStats.tx_good_packets, 7);
    assert.equal(extendedStats.rx_q0_packets, 200);
    assert.equal(extendedStats.rx_mbuf_allocation_errors, 0);
    port.close();
    assert.deepEqual([...readFrames(out)].map(hex), frames(7, 60).map(hex));
  });

  it('counts what an empty pool made it lose', () => {
    const file = capture(frames(50));
    const small = Mempool.create({ name: 'small', mbufs: 32, frameBytes: 2048 });
    const port = Port.attach(`net_pcap0,rx_pcap=${file}`).configure(1, small).start();
    turn.aim(port.id, 0).sendNothing();
    turn.receiveInto(mbufs.at(0), 0, 50);
    turn.run();
    assert.equal(turn.received, 32);
    turn.receiveInto(mbufs.at(32), 0, 50);
    turn.run();
    assert.equal(turn.received, 0);
    assert.ok(port.stats.rxNombuf > 0);
    assert.equal(port.extendedStats.rx_mbuf_allocation_errors, port.stats.rxNombuf);
    mbufs.free(0, 32);
    port.close();
    assert.equal(small.available, 32);
    small.free();
  });

  it('has as many queues as are asked for, each its own', () => {
    const port = Port.attach('net_ring0').configure(4, pool).start();
    for (let queue = 0; queue < 4; queue++)
      assert.equal(send(port, frames(10 + queue), queue), 10 + queue);
    for (let queue = 3; queue >= 0; queue--) assert.equal(receive(port, 64, queue), 10 + queue);
    assert.deepEqual(
      [0, 1, 2, 3].map((queue) => port.extendedStats[`tx_q${queue}_packets`]),
      [10, 11, 12, 13],
    );
    port.close();
    const sources = Port.attach('net_null0').configure(3, pool).start();
    for (let queue = 0; queue < 3; queue++) assert.equal(receive(sources, 8, queue), 8);
    sources.close();
  });

  it('PORT_QUEUES: more queues than it has', () => {
    const file = capture(frames(1));
    const cases: [devargs: string, queues: number, max: number][] = [
      [`net_pcap0,rx_pcap=${file}`, 2, 1],
      ['net_ring0', 17, 16],
      ['net_null0', 1025, 1024],
    ];
    for (const [devargs, queues, max] of cases) {
      const port = Port.attach(devargs);
      const says = new RegExp(`port ${devargs} has ${max} queue.* not the ${queues} that`);
      refused(() => port.configure(queues, pool), 'PORT_QUEUES', says);
      port.configure(max > 16 ? 16 : max, pool).start();
      port.close();
    }
  });

  it('PORT_ATTACH: what is no port, in one line that says why', () => {
    const missing = join(folder.path, 'missing.pcap');
    const text = folder.file('this is no capture\nbut two lines of text');
    const cases: [devargs: string, says: RegExp][] = [
      ['', /cannot open the port : .*Cannot find device/],
      ['nonsense', /failed to parse device "nonsense"/],
      ['net_nothing0,size=64', /failed to parse device "net_nothing0"/],
      ['eth0', /failed to parse device "eth0"/],
      ['0000:ff:1f.7', /Cannot find device \(0000:ff:1f\.7\)/],
      ['net_null0,bogus=1', /cannot open the port net_null0,bogus=1: /],
      [`net_pcap0,rx_pcap=${missing}`, /missing\.pcap: No such file or directory/],
      [`net_pcap0,rx_pcap=${text}`, /unknown file format/],
      ['net_pcap0', /No rx or tx queues provided/],
      [`net_pcap0,rx_pcap=${folder.path}`, /Is a directory/],
      [`net_pcap0,tx_pcap=${missing}/x.pcap`, /missing\.pcap\/x\.pcap for writing/],
      ['net_pcap0,iface=nosuchiface', /Couldn't open nosuchiface/],
      ['net_memif0,role=judge', /Unknown role: judge/],
      ['net_af_packet0,iface=nosuchiface', /open the port net_af_packet0,iface=nosuchiface: /],
      ['net_nothing0,\nsecond line', /cannot open the port net_nothing0, second line: /],
    ];
    for (const [devargs, says] of cases) refused(() => Port.attach(devargs), 'PORT_ATTACH', says);
  });

  it('PORT_ATTACH: what is attached already; that one is not disturbed', () => {
    const port = Port.attach('net_null0').configure(1, pool).start();
    refused(() => Port.attach('net_null0'), 'PORT_ATTACH', /it is attached already/);
    assert.equal(receive(port, 32), 32);
    port.close();
  });

  it('PORT_SETUP: a port that does not start as it is', () => {
    const port = Port.attach('net_null0');
    refused(
      () => port.start(),
      'PORT_SETUP',
      /the port net_null0 does not start: rte_eth_dev_start/,
    );
    port.configure(1, pool).start();
    refused(() => port.configure(1, pool), 'PORT_SETUP', /rte_eth_dev_configure/);
    assert.equal(receive(port, 32), 32);
    port.close();
  });

  it('PORT_SETUP: asked to split frames, which it cannot', () => {
    const port = Port.attach('net_null0');
    const split = { bytes: 64, payloads: pool };
    refused(() => port.configure(1, pool, split), 'PORT_SETUP', /rte_eth_dev_configure/);
    port.configure(1, pool);
    // The other half of it, behind what the first refuses.
    const setUp = () => native.portRxQueueSplit(port.id, 0, 64, pool.handle, 64, pool.handle);
    assert.throws(setUp, /rte_eth_rx_queue_setup/);
    port.close();
  });

  it('closed once is closed: a later port of the same id is not touched', () => {
    const first = Port.attach('net_null0');
    first.close();
    const second = Port.attach('net_null1').configure(1, pool).start();
    assert.equal(second.id, first.id);
    first.close();
    assert.equal(receive(second, 4), 4);
    second.close();
  });

  it('several live at once under ids of their own', () => {
    const ports = [0, 1, 2, 3].map((n) => Port.attach(`net_null${n},size=${100 + n}`));
    assert.equal(new Set(ports.map(({ id }) => id)).size, 4);
    for (const port of ports) port.configure(1, pool).start();
    for (const [n, port] of ports.entries()) {
      turn.aim(port.id, 0).sendNothing();
      turn.receiveInto(mbufs.at(0), 0, 16);
      turn.run();
      assert.equal(turn.receivedBytes, 16 * (100 + n));
      mbufs.free(0, 16);
    }
    for (const port of ports) port.close();
  });

  it('counts what its driver takes and keeps', (t) => {
    const { portStart, portStop } = native;
    // As a NIC's driver fills its ring; but this one forgets three of five.
    t.mock.method(native, 'portStart', (id: number) => {
      assert.ok(mbufs.allocate(pool, 5));
      portStart(id);
    });
    t.mock.method(native, 'portStop', (id: number) => {
      mbufs.free(0, 2);
      portStop(id);
    });
    Port.attach('net_null0').configure(1, pool).start().close();
    t.mock.restoreAll();
    assert.deepEqual([pool.kept, pool.available + pool.kept], [3, pool.size]);
    mbufs.free(2, 3);
    Port.attach('net_null0').configure(1, pool).start().close();
    assert.equal(pool.kept, 3);
    pool.kept = 0;
  });

  const input = capture(frames(100));
  for (const devargs of [
    'net_null0,size=64',
    'net_ring0',
    `net_pcap0,rx_pcap=${input},tx_pcap=${join(folder.path, 'again.pcap')}`,
  ])
    it(`comes and goes without end: ${devargs.split(',')[0]}`, () => {
      const once = () => {
        const port = Port.attach(devargs).configure(1, pool).start();
        assert.equal(send(port, frames(20)), 20);
        assert.ok(receive(port, 64) > 0);
        assert.equal(port.stats.opackets, 20);
        port.close();
        assert.equal(pool.available, pool.size);
        return port.id;
      };
      const id = once();
      const before = { files: readdirSync('/proc/self/fd').length, mapped: mappedBytes() };
      for (let i = 0; i < 20; i++) assert.equal(once(), id);
      assert.equal(readdirSync('/proc/self/fd').length, before.files);
      assert.ok(mappedBytes() - before.mapped < 2 ** 24);
    });
});

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}
