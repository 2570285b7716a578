import { lstatSync, mkdirSync, readdirSync, rmdirSync, rmSync, unlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** sun_path of a socket's address holds 108 bytes, the zero at its end included (unix(7)). */
const LONGEST_PATH = 107;

/** A socket that a run answers at, or did. */
export interface SocketFile {
  pid: number;
  path: string;
}

/**
 * Folders for sockets, best first: the user's own of the session, else one of the user's below the
 * folder for temporary files. Who looks for a run looks in all of them: its environment may differ.
 */
function folders(): string[] {
  const own = join(tmpdir(), `warpline-${process.getuid?.()}`);
  const { XDG_RUNTIME_DIR: session } = process.env;
  return session ? [join(session, 'warpline'), own] : [own];
}

/** A place for this process's socket. Throws where there is none. */
export function newSocket(): SocketFile {
  let reason: unknown;
  for (const folder of folders()) {
    try {
      mkdirSync(folder, { mode: 0o700 });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') {
        reason ??= error;
        continue;
      }
    }
    const path = join(folder, `${process.pid}.sock`);
    if (!isOurs(folder)) reason ??= new Error(`${folder} is not this user's alone`);
    else if (Buffer.byteLength(path) > LONGEST_PATH) reason ??= new Error(`${path} is too long`);
    else {
      // A process that had this id before may have left one.
      rmSync(path, { force: true });
      return { pid: process.pid, path };
    }
  }
  throw reason;
}

/** All sockets there are, those of dead processes included. */
export function socketFiles(): SocketFile[] {
  return folders()
    .filter(isOurs)
    .flatMap((folder) =>
      readdirSync(folder).flatMap((name) => {
        const [, pid] = /^(\d+)\.sock$/.exec(name) ?? [];
        return pid === undefined ? [] : { pid: Number(pid), path: join(folder, name) };
      }),
    );
}

/** Removes a socket, and its folder if that is empty then. */
export function removeSocket({ path }: SocketFile): void {
  for (const remove of [() => unlinkSync(path), () => rmdirSync(join(path, '..'))])
    try {
      remove();
    } catch {
      // It is gone, or another run has its socket there.
    }
}

/** Nobody answers at a socket: its process must be gone, too, before it may be removed. */
export function isStale({ pid }: SocketFile): boolean {
  try {
    process.kill(pid, 0);
    return false;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ESRCH';
  }
}

/** In a folder that others may write they could put a socket of theirs. */
function isOurs(folder: string): boolean {
  const found = lstatSync(folder, { throwIfNoEntry: false });
  if (found === undefined) return false;
  return found.isDirectory() && found.uid === process.getuid?.() && (found.mode & 0o077) === 0;
}
