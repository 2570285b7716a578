import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { describe, it } from 'node:test';
import type { MethodsBenchResult } from '../bench/methods.js';
import { Folder } from '../testing/capture-folder.js';
import { WARPLINE, warpline } from '../testing/command-line.js';

// The sweep on the software device, as small as it gets: real ports, real kernels, real figures.

const folder = new Folder();
const tiny = 'bench methods --device software --bursts 16 --repeats 2 --seconds 0.1 --json';

describe('bench methods', () => {
  it('has a row for each method, the floor, and what was left out', async () => {
    const out = join(folder.path, 'bench.json');
    const varied = [
      '--methods',
      'io,serial,persistent',
      '--memory',
      'host,gpu-mapped',
      '--out',
      out,
    ];
    const { status, stdout, stderr } = await warpline([...tiny.split(' '), ...varied, '--verify']);
    assert.equal(status, 0, stderr);
    const report: MethodsBenchResult = JSON.parse(stdout);
    assert.deepEqual(JSON.parse(readFileSync(out, 'utf8')), report);
    assert.equal(report.bench, 'methods');
    assert.equal(report.machine.device, 'software');
    const host = report.rows.filter(({ memory }) => memory === 'host');
    assert.deepEqual(
      host.map(({ method }) => method),
      ['io', 'serial', 'persistent'],
    );
    const elsewhere = report.skipped.some(({ memory }) => memory === 'gpu-mapped');
    assert.equal(report.rows.length, elsewhere ? 3 : 6);
    for (const row of report.rows) {
      assert.deepEqual([row.burst, row.pipelines, row.frameBytes], [16, 1, 1024]);
      assert.ok(row.mppsMin > 0 && row.mppsMin <= row.mpps && row.mpps <= row.mppsMax);
      assert.ok(row.gbps > 0 && row.latencyP50Us > 0 && row.latencyP99Us >= row.latencyP50Us);
      assert.ok((row.checked ?? 0) > 0);
      assert.equal(row.wrong, 0);
      // 1024 bytes a frame: the two rates are of the same packets.
      assert.ok(Math.abs(row.gbpsMax / row.mppsMax - 8.192) < 0.01);
    }
    const floor = report.floor.map(({ measure }) => measure);
    for (const measure of [
      'device, open',
      'launch, issue',
      'persistent, round trip',
      'stream link, post',
    ])
      assert.ok(floor.includes(measure), measure);
    for (const { us, usMin, itemsPerSecond } of report.floor) {
      if (itemsPerSecond !== undefined) assert.ok(itemsPerSecond > 0);
      else assert.ok((us as number) >= (usMin as number) && (usMin as number) > 0);
    }
  });

  it('keeps at Ctrl-C what is done, and ends well', async () => {
    const args = [...tiny.split(' '), '--methods', 'io', '--repeats', '1000'];
    const child = spawn(process.execPath, [WARPLINE, ...args]);
    const said = text(child.stdout);
    let heard = '';
    child.stderr.on('data', (data) => {
      heard += data;
      if (/^3\/1000/m.test(heard) && !child.killed) child.kill('SIGINT');
    });
    const status = await new Promise((resolve) => child.once('exit', resolve));
    assert.equal(status, 0, heard);
    const report: MethodsBenchResult = JSON.parse(await said);
    assert.equal(report.interrupted, true);
    assert.equal(report.rows.length, 1);
    assert.ok(report.rows[0].repeats >= 1 && report.rows[0].repeats < 1000);
  });
});
