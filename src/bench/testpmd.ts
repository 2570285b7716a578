import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fail } from '../errors.js';

export interface TestpmdOptions {
  /** `io`, `macswap`. */
  forwardMode: string;
  vdevs: string[];
  burst: number;
  mbufs: number;
  /** CPU of the command line's lcore, and of the one that forwards. */
  cpus: [main: number, forward: number];
}

/**
 * dpdk-testpmd, the peer to measure against, driven by its own command line.
 * Source: testpmd application user guide.
 */
export class Testpmd {
  private readonly child: ChildProcess;
  private readonly folder = mkdtempSync(join(tmpdir(), 'warpline-testpmd-'));
  private output = '';

  constructor({ forwardMode, vdevs, burst, mbufs, cpus }: TestpmdOptions) {
    const eal = ['--no-huge', '-m', '1024', '--no-shconf', '--no-pci', '--no-telemetry'];
    const lcores = ['--log-level=error', '--lcores', `0@${cpus[0]},1@${cpus[1]}`];
    const ports = vdevs.flatMap((vdev) => ['--vdev', vdev]);
    const own = [`--forward-mode=${forwardMode}`, `--burst=${burst}`, '--nb-cores=1', '-i'];
    const quiet = [`--total-num-mbufs=${mbufs}`, '--no-lsc-interrupt', '--no-mlockall'];
    // Its output is block-buffered on a pipe.
    const program = ['-oL', 'dpdk-testpmd', ...eal, ...lcores, ...ports, '--', ...own, ...quiet];
    this.child = spawn('stdbuf', program, {
      env: { ...process.env, RUNTIME_DIRECTORY: this.folder },
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    for (const stream of [this.child.stdout, this.child.stderr])
      stream?.on('data', (data) => {
        this.output += data;
      });
    this.child.on('error', (error) => {
      this.output += error.message;
    });
  }

  /** Sends a command and waits until its output matches; gives the match. */
  async ask(command: string, pattern: RegExp): Promise<RegExpExecArray> {
    this.output = '';
    this.child.stdin?.write(`${command}\n`);
    for (let ms = 0; ms < 10_000; ms += 5) {
      const match = pattern.exec(this.output);
      if (match !== null) return match;
      if (this.child.exitCode !== null) break;
      await sleep(5);
    }
    const reason = this.output.trim().split('\n').at(-1) ?? '';
    return fail('TESTPMD', { command: command || 'its start', reason });
  }

  /** Forwards for so many seconds after a warm-up; gives packets sent by all ports a second. */
  async packetsPerSecond(ports: number, warmup: number, seconds: number): Promise<number> {
    await this.ask('start', /packet forwarding/i);
    await sleep(warmup * 1000);
    const one = 'Tx-pps:\\s+(\\d+)[\\s\\S]*?';
    const pattern = new RegExp(`${one.repeat(ports)}####[\\s\\S]*$`);
    await this.ask('show port stats all', pattern);
    await sleep(seconds * 1000);
    const [, ...rates] = await this.ask('show port stats all', pattern);
    await this.ask('stop', /Done\./);
    return rates.reduce((sum, rate) => sum + Number(rate), 0);
  }

  async quit(): Promise<void> {
    const ended = new Promise((resolve) => this.child.once('exit', resolve));
    if (this.child.exitCode === null) {
      this.child.stdin?.end('quit\n');
      const slow = setTimeout(() => this.child.kill('SIGKILL'), 5000);
      await ended;
      clearTimeout(slow);
    }
    rmSync(this.folder, { recursive: true, force: true });
  }
}
