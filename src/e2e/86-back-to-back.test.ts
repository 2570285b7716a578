import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { describe, it } from 'node:test';
import type { BackToBackResult } from '../bench/back-to-back.js';
import { freeHugepages } from '../bench/hugepages.js';
import { main } from '../cli/main.js';
import { acrossBus } from '../testing/across-bus.js';
import { TestShell, WARPLINE } from '../testing/command-line.js';
import { noTestpmd } from '../testing/testpmd.js';

// l2fwd and dpdk-testpmd back to back: testpmd makes frames and takes them back, and both count the
// same frames, whatever joins them, however many queues it has, and however long frames are.

async function backToBack(args: string[]): Promise<BackToBackResult & { said: string }> {
  const shell = new TestShell();
  const common = ['--device', 'software', '--seconds', '0.3', '--verify', '--json'];
  const status = await main(['bench', 'back-to-back', ...common, ...args], shell);
  assert.equal(status, 0, shell.stderr);
  return { ...JSON.parse(shell.stdout), said: shell.stderr };
}

function assertRows({ rows }: BackToBackResult, queues: number, oneWay = false): void {
  for (const row of rows) {
    const name = `${row.method} ${row.frameBytes} B`;
    assert.ok(row.sent > 0, `${name}: testpmd sent`);
    assert.deepEqual([row.rx, row.tx, row.back], [row.sent, row.sent, row.sent], name);
    assert.deepEqual([row.checked, row.wrong, row.missed], [row.tx, 0, 0], name);
    assert.equal(row.balanced, true, name);
    const lcores = row.stages.filter(({ kind }) => kind === 'lcore');
    assert.ok(lcores.length >= queues && lcores.every(({ idle = 2 }) => idle <= 1), name);
    const of = (port: number) => row.perQueue.filter((one) => one.port === port);
    const [received, sent] = [of(0), of(oneWay ? 1 : 0)];
    assert.deepEqual([received.length, sent.length], [queues, queues], name);
    for (const [queue, { rx }] of received.entries()) {
      const { tx } = sent[queue];
      assert.ok(rx.packets > 0, `${name}: every queue receives`);
      assert.equal(rx.bytes, row.frameBytes * rx.packets, `${name}: lengths of frames`);
      assert.deepEqual(tx, rx, `${name}: what a queue receives it sends`);
    }
  }
}

describe('back to back with dpdk-testpmd', { skip: noTestpmd(), timeout: 120_000 }, () => {
  it('over memif: every frame comes back, of 64 and of 4000 bytes', async () => {
    const result = await backToBack(['--method', 'cpu,persistent', '--size', '64,4000']);
    assertRows(result, 1);
    assert.deepEqual(
      result.rows.map(({ method, frameBytes }) => [method, frameBytes]),
      [
        ['cpu', 64],
        ['persistent', 64],
        ['cpu', 4000],
        ['persistent', 4000],
      ],
    );
    assert.match(result.said, /^cpu 64 B, l2fwd: 1 s {2}sent \d+ {2}rx \d+ {2}tx \d+ {2}dropped 0/);
  });

  it('over vhost: two queues, a pipeline each', async () => {
    const how = ['--port', 'vhost', '--queues', '2', '--method', 'launch', '--size', '1514'];
    assertRows(await backToBack(how), 2);
  });

  it('one way: every frame goes on, none comes back, also out of memory the CPU may not read', async () => {
    const how = ['--one-way', '--queues', '2', '--method', 'cpu,persistent'];
    assertRows(await backToBack(how), 2, true);
    const seen = { memory: 'gpu-mapped', oneWay: true };
    const across = await acrossBus(() =>
      backToBack(['--one-way', '--method', 'persistent', '--memory', 'gpu-mapped']),
    );
    assertRows(across, 1, true);
    assert.deepEqual(
      across.rows.map(({ memory, oneWay }) => ({ memory, oneWay })),
      [seen],
    );
  });

  it('testpmd lends its mbufs', {
    skip: freeHugepages() < 128 && 'it wants huge pages',
  }, async () => {
    const result = await backToBack(['--zero-copy', '--method', 'cpu,persistent']);
    assertRows(result, 1);
    assert.ok(result.rows.every(({ zeroCopy }) => zeroCopy));
  });

  it('keeps at Ctrl-C what is counted: the terminal sends it to every process', async () => {
    const args = ['--device', 'software', '--method', 'cpu', '--seconds', '1', '--rounds', '100'];
    const bench = [WARPLINE, 'bench', 'back-to-back', ...args, '--verify', '--json'];
    const child = spawn(process.execPath, bench, { detached: true });
    const shown = text(child.stdout);
    let said = '';
    child.stderr.on('data', (chunk) => {
      if (said === '') process.kill(-(child.pid ?? 0), 'SIGINT');
      said += chunk;
    });
    const [status] = await once(child, 'exit');
    assert.equal(status, 0, said);
    const result: BackToBackResult = JSON.parse(await shown);
    assert.deepEqual([result.interrupted, result.error], [true, undefined]);
    assertRows(result, 1);
    assert.equal(result.rows[0].rounds, 1);
  });

  it('testpmd macswap takes its turn in the same place', async () => {
    const { rows } = await backToBack(['--method', 'cpu', '--macswap', '--rounds', '2']);
    const [{ testpmdMpps = 0, ratio = 0, mpps, rounds }] = rows;
    assert.ok(mpps > 0 && testpmdMpps > 0 && ratio > 0 && rounds === 2);
  });
});

it('frames that virtio-user cannot carry are refused: exit 2', async () => {
  const shell = new TestShell();
  const args = ['bench', 'back-to-back', '--port', 'vhost', '--size', '64,1515'];
  assert.equal(await main(args, shell), 2);
  assert.match(shell.stderr, /^warpline: OPTION_VALUE: --size cannot be "1515"/);
});
