import { createServer, type Server } from 'node:net';
import type { L2fwdSnapshot } from '../apps/l2fwd/result.js';
import { newSocket, removeSocket, type SocketFile } from './sockets.js';

/** What a run says of itself when it is asked. */
export interface StatsAnswer {
  app: 'l2fwd';
  version: string;
  pid: number;
  method: string;
  snapshot: L2fwdSnapshot;
}

/**
 * Answers who asks how the run is: each connection to a socket of this process gets one JSON object.
 * It is the main thread that answers; lcores know nothing of it.
 */
export class StatsServer {
  private socket: SocketFile | undefined;
  private readonly server: Server;
  private closed = false;
  private readonly leave = () => {
    if (this.socket !== undefined) removeSocket(this.socket);
  };

  constructor(answer: () => StatsAnswer) {
    this.server = createServer((asking) => {
      asking.on('error', () => {}).unref();
      // Counters go with the run.
      if (this.closed) asking.destroy();
      else asking.end(JSON.stringify(answer()));
    });
  }

  /** Rejects where no socket can be had. */
  async start(): Promise<void> {
    const { server } = this;
    const socket = newSocket();
    this.socket = socket;
    process.once('exit', this.leave);
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject).listen(socket.path, resolve);
    });
    // It keeps nobody from ending.
    server.on('error', () => {}).unref();
  }

  /** From now on nobody is answered. */
  close(): void {
    this.closed = true;
    process.off('exit', this.leave);
    this.server.close();
    this.leave();
  }
}
