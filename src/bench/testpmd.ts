import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fail } from '../errors.js';

export interface TestpmdOptions {
  /** Its path, or its name on the PATH. */
  program?: string;
  /** `io`, `macswap`, `flowgen` … */
  forwardMode: string;
  vdevs: string[];
  burst: number;
  mbufs: number;
  /** CPU of the command line's lcore, and of each that forwards. */
  cpus: [main: number, ...forward: number[]];
  /** RX and TX queues of each port (default: 1). */
  queues?: number;
  /** Length of the frames that `flowgen` makes. */
  frameBytes?: number;
  /** Data room of an mbuf, its headroom of 128 bytes included (default: testpmd's 2176). */
  mbufBytes?: number;
  /** Its memory is huge pages of one file, which memif's `zero-copy=yes` wants. */
  hugepages?: boolean;
}

const MEMORY = {
  small: ['--no-huge', '-m', '1024', '--no-shconf'],
  huge: ['--in-memory', '--single-file-segments'],
};

/**
 * The dpdk-testpmd to run: the one given, else the one in WARPLINE_TESTPMD (where a bundle's launcher
 * puts its own), else the one on the PATH. @throws TESTPMD_MISSING where that cannot be run.
 */
export function findTestpmd(given = process.env.WARPLINE_TESTPMD): string {
  const program = given || 'dpdk-testpmd';
  // It knows no such option and says so; 127 is what the loader says of a library it lacks.
  const { error, status } = spawnSync(program, ['--version'], { stdio: 'ignore' });
  if (error !== undefined || status === 127) fail('TESTPMD_MISSING', { program });
  return program;
}

/**
 * dpdk-testpmd, the peer to measure against, driven by its own command line.
 * Source: testpmd application user guide.
 */
export class Testpmd {
  private readonly child: ChildProcess;
  private readonly folder = mkdtempSync(join(tmpdir(), 'warpline-testpmd-'));
  private output = '';

  constructor(options: TestpmdOptions) {
    const { program: testpmd = 'dpdk-testpmd', forwardMode, vdevs, burst, mbufs } = options;
    const { queues = 1, frameBytes, mbufBytes, hugepages, cpus } = options;
    const places = cpus.map((cpu, lcore) => `${lcore}@${cpu}`);
    const eal = [...MEMORY[hugepages ? 'huge' : 'small'], '--no-pci', '--no-telemetry'];
    const lcores = ['--log-level=error', '--lcores', places.join(',')];
    const ports = vdevs.flatMap((vdev) => ['--vdev', vdev]);
    const own = [`--forward-mode=${forwardMode}`, `--burst=${burst}`];
    own.push(`--nb-cores=${cpus.length - 1}`, `--rxq=${queues}`, `--txq=${queues}`, '-i');
    // Lengths are judged by the mbuf size given so far, and ignored if they do not fit.
    if (mbufBytes !== undefined) own.push(`--mbuf-size=${mbufBytes}`);
    // flowgen counts the frame check sequence, which no software port has (flowgen.c).
    if (frameBytes !== undefined) own.push(`--txpkts=${frameBytes + 4}`);
    const quiet = [`--total-num-mbufs=${mbufs}`, '--no-lsc-interrupt', '--no-mlockall'];
    // It would wait nine seconds for a peer that is still to come.
    quiet.push('--disable-link-check');
    // Its output is block-buffered on a pipe.
    const program = ['-oL', testpmd, ...eal, ...lcores, ...ports, '--', ...own, ...quiet];
    this.child = spawn('stdbuf', program, {
      env: { ...process.env, RUNTIME_DIRECTORY: this.folder },
      stdio: ['pipe', 'pipe', 'pipe'],
      // Ctrl-C in a terminal is for us, who end it when its frames are counted.
      detached: true,
    });
    for (const stream of [this.child.stdout, this.child.stderr])
      stream?.on('data', (data) => {
        this.output += data;
      });
    // One that is gone hears nothing any more, which `ask` and `quit` see by its end.
    this.child.stdin?.on('error', () => {});
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
      if (this.ended) break;
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

  /** One that a signal ended has no exit code. */
  private get ended(): boolean {
    return this.child.exitCode !== null || this.child.signalCode !== null;
  }

  /** Ends it without a word to its peer, as a crash would. */
  kill(): void {
    this.child.kill('SIGKILL');
  }

  async quit(): Promise<void> {
    const ended = new Promise((resolve) => this.child.once('exit', resolve));
    // A program that could not be started has neither a pid nor an end.
    if (this.child.pid !== undefined && !this.ended) {
      this.child.stdin?.end('quit\n');
      const slow = setTimeout(() => this.child.kill('SIGKILL'), 5000);
      await ended;
      clearTimeout(slow);
    }
    rmSync(this.folder, { recursive: true, force: true });
  }
}
