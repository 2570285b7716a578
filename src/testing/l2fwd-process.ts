import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { Folder } from './capture-folder.js';
import { CHECKOUT, WARPLINE } from './command-line.js';
import { type L2fwdEnded, parsed } from './l2fwd-program.js';

/** How a process of l2fwd ended, and what there is of it afterwards. */
export interface Traces extends L2fwdEnded {
  /** What it left in its temporary folder. */
  leftovers: string[];
  /** Whether a process that it started lives on. */
  survivors: boolean;
}

/** What a process holds: `shared` are mappings of other programs' memory, `resident` bytes. */
export interface Holdings {
  descriptors: number;
  shared: number;
  resident: number;
}

const folder = new Folder();
let processes = 0;

// bin/warpline takes SIGINT, then SIGTERM. Before that a signal is not its to handle.
const preload = folder.file(
  `process.on('newListener', (event) => {
     if (event === 'SIGTERM') setImmediate(() => require('node:fs').writeSync(3, 'begun'));
   });`,
  'begun.cjs',
);

/** A running `bin/warpline l2fwd` with a temporary folder and a process group of its own. */
export class L2fwdProcess {
  /** Settles when the process handles signals (true), or has ended without getting there. */
  readonly begun: Promise<boolean>;
  private readonly child: ChildProcess;
  readonly tmp: string;
  private readonly end: Promise<number | null>;
  private readonly said: Promise<string[]>;

  /** One that takes longer than `patience` ms is killed, and has status null. */
  constructor(args: string[], patience = 30_000, device = 'software') {
    this.tmp = join(folder.path, `tmp-${processes++}`);
    mkdirSync(this.tmp);
    const node = ['--require', preload, WARPLINE, 'l2fwd', '--device', device, '--json'];
    this.child = spawn(process.execPath, [...node, ...args], {
      cwd: CHECKOUT,
      env: { ...process.env, TMPDIR: this.tmp, XDG_RUNTIME_DIR: '' },
      stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
      detached: true,
    });
    const [, stdout, stderr, news] = this.child.stdio;
    const killer = setTimeout(() => this.kill('SIGKILL'), patience);
    this.end = new Promise((resolve) => this.child.once('exit', resolve));
    void this.end.then(() => clearTimeout(killer));
    this.begun = new Promise((resolve) => {
      news?.once('data', () => resolve(true)).once('end', () => resolve(false));
    });
    this.said = Promise.all([stdout, stderr].map((stream) => text(stream as NodeJS.ReadStream)));
  }

  /**
   * Settles when what it says on standard error from now on matches (true), or is over (false): the
   * statistics come once a second.
   */
  heard(pattern = /./): Promise<boolean> {
    const { stderr } = this.child;
    let said = '';
    return new Promise((resolve) => {
      const listen = (text: Buffer) => {
        said += text;
        if (!pattern.test(said)) return;
        stderr?.off('data', listen);
        resolve(true);
      };
      stderr?.on('data', listen).once('end', () => resolve(false));
    });
  }

  /** What it has open and mapped now, for what may not grow (proc(5)). */
  get holds(): Holdings {
    const of = `/proc/${this.child.pid}`;
    const pages = Number(readFileSync(`${of}/statm`, 'utf8').split(' ')[1]);
    const maps = readFileSync(`${of}/maps`, 'utf8').split('\n');
    return {
      descriptors: readdirSync(`${of}/fd`).length,
      shared: maps.filter((line) => line.includes('/memfd:')).length,
      resident: pages * 4096,
    };
  }

  kill(signal: NodeJS.Signals): void {
    this.child.kill(signal);
  }

  async ended(): Promise<Traces> {
    const [status, [stdout, stderr]] = await Promise.all([this.end, this.said]);
    const ended = parsed({ status, stdout, stderr });
    return Object.assign(ended, { leftovers: readdirSync(this.tmp), survivors: this.survivors });
  }

  private get survivors(): boolean {
    try {
      // Signal 0 asks whether there is anybody in the group it leads.
      process.kill(-(this.child.pid as number), 0);
      return true;
    } catch {
      return false;
    }
  }
}
