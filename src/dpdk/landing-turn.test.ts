import assert from 'node:assert/strict';
import { after, afterEach, describe, it } from 'node:test';
import { HostMemory, loadAddress } from '../memory/memory.js';
import { frameOf, PcapWriter } from '../testing/capture-files.js';
import { Folder } from '../testing/capture-folder.js';
import { MbufArray } from '../testing/mbuf-array.js';
import { Eal } from './eal.js';
import { freeFresh, LandingTurn, landingBytes } from './landing-turn.js';
import { Mempool } from './mempool.js';
import { Port } from './port.js';
import { TURN_BYTES } from './turn.js';

const BURST = 16;
const FRAME = 512;
/** What leads from the CPU's address of the run's buffers to the device's. */
const DELTA = 2 ** 44;

Eal.start();
const folder = new Folder();
const pages = Mempool.create({ name: 'pages', mbufs: 256, frameBytes: FRAME });
const memory = new HostMemory(Mempool.bufferBytes(64, FRAME));
const buffers = { address: memory.address, bytes: memory.bytes };
const inDevice = Mempool.create({ name: 'inDevice', mbufs: 64, frameBytes: FRAME, buffers });
const mbufs = new MbufArray(64);
const packets = new HostMemory(16 * BURST);
const block = new HostMemory(TURN_BYTES);
const landing = new HostMemory(landingBytes(BURST));
const share = {
  memory: landing.address,
  bytes: landing.bytes,
  pool: inDevice.handle,
  delta: DELTA,
};

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');

describe('landing turn', () => {
  const ports: Port[] = [];
  /** A turn on a port that is filled from ordinary pages with these frames. */
  const on = (frames: readonly Uint8Array[]): LandingTurn => {
    const writer = new PcapWriter();
    for (const frame of frames) writer.record(frame);
    const file = folder.file(writer.bytes(), `landing-${ports.length}.pcap`);
    const port = Port.attach(`net_pcap0,rx_pcap=${file}`).configure(1, pages).start();
    ports.push(port);
    const turn = new LandingTurn(block.window, block.address, share).aim(port.id, 0, DELTA);
    turn.sendNothing();
    return turn;
  };
  const receive = (turn: LandingTurn, most: number): number => {
    turn.receiveInto(mbufs.at(0), packets.address, most);
    turn.run();
    return turn.received;
  };
  afterEach(() => {
    freeFresh(share);
    for (const port of ports.splice(0)) port.close();
    assert.equal(pages.available, pages.size, 'mbufs of pages are missing');
    assert.equal(inDevice.available, inDevice.size, 'mbufs are missing');
  });
  after(() => {
    for (const one of [packets, block, landing]) one.release();
    mbufs.release();
    for (const one of [pages, inDevice]) one.free();
    memory.release();
    Eal.stop();
  });

  it('moves frames into mbufs of the other pool, where the device is told to look', () => {
    const frames = [1, 12, 60, 64, 300, FRAME].map((length, i) => frameOf(length, i));
    const turn = on(frames);
    assert.equal(receive(turn, BURST), frames.length);
    assert.equal(pages.available, pages.size, 'those of the port are back');
    assert.deepEqual(mbufs.frames(frames.length).map(hex), frames.map(hex));
    frames.forEach(({ length }, i) => {
      const address = loadAddress(packets.window.u32, 4 * i) - DELTA;
      assert.ok(address >= memory.address && address < memory.address + memory.bytes);
      assert.equal(packets.window.u32[4 * i + 2], length);
    });
    assert.equal(turn.shortest, 1);
    assert.equal(
      turn.receivedBytes,
      frames.reduce((sum, { length }) => sum + length, 0),
    );
    mbufs.free(0, frames.length);
  });

  it('receives no more than it has room for: the rest stays with the port', () => {
    const frames = Array.from({ length: 40 }, (_, i) => frameOf(100, i));
    const turn = on(frames);
    const taken = new MbufArray(64);
    assert.equal(receive(turn, 1), 1);
    assert.deepEqual(mbufs.frames(1).map(hex), frames.slice(0, 1).map(hex));
    mbufs.free(0, 1);
    assert.ok(taken.allocate(inDevice, inDevice.available));
    assert.equal(receive(turn, BURST), 0);
    taken.free(0, 64);
    for (let at = 1; at < frames.length; ) {
      const received = receive(turn, BURST);
      assert.ok(received > 0);
      assert.deepEqual(mbufs.frames(received).map(hex), frames.slice(at, at + received).map(hex));
      mbufs.free(0, received);
      at += received;
    }
    taken.release();
  });
});
