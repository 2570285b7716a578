import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { scanCapture } from '../capture/capture.js';
import { DEFAULT_DATA_ROOM } from '../capture/replay.js';

/** Why tests cannot run dpdk-testpmd here, or false where they can. */
export function noTestpmd(): string | false {
  const { error } = spawnSync('dpdk-testpmd', ['--version'], { stdio: 'ignore' });
  return error === undefined ? false : 'dpdk-testpmd is not installed';
}

export interface TestpmdReplay {
  mode: 'io' | 'macswap';
  /** mbuf data room, headroom included. */
  dataRoom?: number;
  /** Frames after which the run ends: a net_pcap port has no end of its own. */
  frames: number;
  /** Ends the run, as an error, when it takes longer than this. */
  timeoutMs?: number;
}

/**
 * Has dpdk-testpmd forward a capture over net_pcap; paths as devargs can carry them. Needs no
 * hugepages, no root and no terminal: testpmd forwards until its standard input ends. Without
 * --no-flush-rx it would throw the capture away before it starts, and --no-huge goes with
 * --no-shconf, not with --in-memory. Rejects with testpmd's output where it fails.
 */
export async function replayWithTestpmd(
  input: string,
  output: string,
  { mode, frames, dataRoom = DEFAULT_DATA_ROOM, timeoutMs = 20_000 }: TestpmdReplay,
): Promise<string> {
  // What an earlier run left there would be taken for this one's.
  writeFileSync(output, '');
  const [first, last] = allowedCpus();
  const options = [
    ['--no-huge', '-m', '512', '--no-shconf', '--no-pci', '--no-telemetry', '--log-level=error'],
    ['--lcores', `0@${first},1@${last}`],
    ['--vdev', `net_pcap0,rx_pcap=${input},tx_pcap=${output}`, '--'],
    [`--forward-mode=${mode}`, '--no-flush-rx', '--port-topology=loop', '--nb-cores=1'],
    [`--mbuf-size=${dataRoom}`, '--total-num-mbufs=4096', '--no-lsc-interrupt', '--no-mlockall'],
  ];
  // EAL leaves a folder behind in the one it finds here.
  const runtime = mkdtempSync(join(tmpdir(), 'warpline-testpmd-'));
  const env = { ...process.env, RUNTIME_DIRECTORY: runtime };
  const testpmd = spawn('dpdk-testpmd', options.flat(), { stdio: 'pipe', env });
  let said = '';
  for (const stream of [testpmd.stdout, testpmd.stderr]) {
    stream.on('data', (text) => {
      said += text;
    });
  }
  const ended = new Promise<number | NodeJS.Signals | null>((resolve, reject) => {
    testpmd.once('error', reject);
    testpmd.once('close', (code, signal) => resolve(code ?? signal));
  });
  const patience = setTimeout(() => testpmd.kill('SIGKILL'), timeoutMs);
  const watch = setInterval(() => {
    if (framesIn(output) >= frames) testpmd.stdin.end();
  }, 20);
  const status = await ended.finally(() => {
    clearTimeout(patience);
    clearInterval(watch);
    rmSync(runtime, { recursive: true, force: true });
  });
  if (status !== 0) throw new Error(`dpdk-testpmd ended with ${status}: ${said}`);
  return said;
}

/** An output that its first burst has not reached yet is empty: no frames. */
function framesIn(output: string): number {
  try {
    return scanCapture(output).frames;
  } catch {
    return 0;
  }
}

function allowedCpus(): [first: string, last: string] {
  const status = readFileSync('/proc/self/status', 'utf8');
  const cpus = /^Cpus_allowed_list:\s*(\S+)/m.exec(status)?.[1].match(/\d+/g) ?? ['0'];
  return [cpus[0], cpus[cpus.length - 1]];
}
