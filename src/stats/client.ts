import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { fail } from '../errors.js';
import type { StatsAnswer } from './server.js';
import { isStale, removeSocket, type SocketFile, socketFiles } from './sockets.js';

/** A run of another process. */
export interface StatsRun {
  pid: number;
  /** How it is now; undefined when it has ended. */
  ask(): Promise<StatsAnswer | undefined>;
}

/**
 * The run of process `pid`, or the only one there is.
 * @throws STATS_NONE, STATS_PID, STATS_SEVERAL
 */
export async function findRun(pid?: number): Promise<StatsRun> {
  const answers = await Promise.all(socketFiles().map(answerAt));
  const runs = answers.filter((run) => run !== undefined).sort((a, b) => a.pid - b.pid);
  const names = runs.map((run) => `${run.pid} (${run.method})`).join(', ');
  if (runs.length === 0) fail('STATS_NONE', {});
  if (pid === undefined && runs.length > 1)
    fail('STATS_SEVERAL', { runs: names, first: runs[0].pid });
  const run = runs.find((one) => pid === undefined || one.pid === pid);
  if (run === undefined) return fail('STATS_PID', { pid: pid as number, runs: names });
  return { pid: run.pid, ask: () => ask(run.socket) };
}

async function answerAt(socket: SocketFile) {
  const answer = await ask(socket);
  return answer && { pid: answer.pid, method: answer.method, socket };
}

/** Undefined where nobody answers; what a dead process has left there is removed. */
async function ask(socket: SocketFile): Promise<StatsAnswer | undefined> {
  try {
    return JSON.parse(await text(connect(socket.path))) as StatsAnswer;
  } catch {
    if (isStale(socket)) removeSocket(socket);
    return undefined;
  }
}
