import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readdirSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { Folder } from '../testing/capture-folder.js';
import { snapshotLike } from '../testing/l2fwd-result.js';
import { findRun } from './client.js';
import { type StatsAnswer, StatsServer } from './server.js';

const folder = new Folder();
const saved = { ...process.env };
let folders = 0;

describe('statistics for another process', () => {
  let tmp: string;
  let own: string;
  const servers: { close(): void }[] = [];
  beforeEach(() => {
    tmp = join(folder.path, `${folders++}`);
    own = join(tmp, `warpline-${process.getuid?.()}`);
    mkdirSync(tmp);
    process.env.TMPDIR = tmp;
    delete process.env.XDG_RUNTIME_DIR;
  });
  afterEach(() => {
    for (const server of servers.splice(0)) server.close();
    for (const name of ['TMPDIR', 'XDG_RUNTIME_DIR'])
      if (saved[name] === undefined) delete process.env[name];
      else process.env[name] = saved[name];
  });

  const answer = (pid = process.pid): StatsAnswer => ({
    app: 'l2fwd',
    version: '0.1.0',
    pid,
    method: 'graph',
    snapshot: snapshotLike(2),
  });
  const serve = async () => {
    const server = new StatsServer(answer);
    servers.push(server);
    await server.start();
    return server;
  };
  /** What another process would have there. */
  const other = async (pid: number): Promise<Server> => {
    mkdirSync(own, { recursive: true, mode: 0o700 });
    const server = createServer((asking) => asking.end(JSON.stringify(answer(pid))));
    await new Promise<void>((ready) => server.listen(join(own, `${pid}.sock`), ready));
    servers.push(server);
    return server;
  };

  it('are found and answered as often as they are asked for, until the run ends', async () => {
    const server = await serve();
    const run = await findRun();
    assert.equal(run.pid, process.pid);
    assert.deepEqual(await run.ask(), answer());
    assert.deepEqual(await run.ask(), answer());
    server.close();
    assert.equal(await run.ask(), undefined);
    assert.deepEqual(readdirSync(tmp), [], 'a socket, or its folder, is left');
  });

  it('are in the folder of the session if there is one, and found in either', async () => {
    await serve();
    process.env.XDG_RUNTIME_DIR = tmp;
    assert.equal((await findRun()).pid, process.pid);
    servers.pop()?.close();
    await serve();
    assert.ok(existsSync(join(tmp, 'warpline', `${process.pid}.sock`)));
    assert.equal((await findRun(process.pid)).pid, process.pid);
    process.env.XDG_RUNTIME_DIR = join(tmp, 'nowhere');
    servers.pop()?.close();
    await serve();
    assert.ok(existsSync(join(own, `${process.pid}.sock`)));
  });

  it('are for this user alone', async () => {
    mkdirSync(own);
    chmodSync(own, 0o755);
    await assert.rejects(serve(), /is not this user's alone/);
    await assert.rejects(findRun(), { code: 'STATS_NONE' });
    process.env.TMPDIR = join(tmp, 'x'.repeat(100));
    mkdirSync(process.env.TMPDIR);
    await assert.rejects(serve(), /is too long/);
  });

  it('of several runs want a process id; a wrong one is told which there are', async () => {
    await serve();
    await other(1);
    const both = `1 (graph), ${process.pid} (graph)`;
    await assert.rejects(findRun(), { code: 'STATS_SEVERAL', details: { runs: both, first: 1 } });
    assert.equal((await (await findRun(1)).ask())?.pid, 1);
    await assert.rejects(findRun(2), { code: 'STATS_PID', details: { pid: 2, runs: both } });
  });

  it('of a process that is gone are removed; without any there is no run', async () => {
    await assert.rejects(findRun(), { code: 'STATS_NONE' });
    mkdirSync(own, { mode: 0o700 });
    // A process that left its socket as a killed one does.
    const dies = `require('net').createServer().listen(process.argv[1] + '/' + process.pid + '.sock',
      () => { console.log(process.pid); process.kill(process.pid, 'SIGKILL'); })`;
    assert.throws(() => execFileSync(process.execPath, ['-e', dies, own], { stdio: 'pipe' }));
    assert.equal(readdirSync(own).length, 1);
    await assert.rejects(findRun(), { code: 'STATS_NONE' });
    assert.deepEqual(readdirSync(tmp), []);
  });
});
