/**
 * Runs `during` with the software device as a GPU across a bus, whose memory the CPU is not to read.
 * It is the environment that says so: one such run at a time in a process.
 */
export async function acrossBus<T>(during: () => Promise<T>): Promise<T> {
  const before = process.env.WARPLINE_SOFTWARE;
  process.env.WARPLINE_SOFTWARE = 'discrete';
  try {
    return await during();
  } finally {
    if (before === undefined) delete process.env.WARPLINE_SOFTWARE;
    else process.env.WARPLINE_SOFTWARE = before;
  }
}
