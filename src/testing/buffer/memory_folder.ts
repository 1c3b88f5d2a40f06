/**
 * A temporary folder in memory, for tests with thousands of commits: a sync costs
 * nothing there.
 *
 * @module
 */

const MEMORY = "/dev/shm";

/** Runs `work` in a temporary folder, in memory if the system has such a file system. */
export function inMemoryFolder(work: (folder: string) => void): void {
  const folder = makeFolder();
  try {
    work(folder);
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
}

function makeFolder(): string {
  try {
    return Deno.makeTempDirSync({ dir: MEMORY, prefix: "buffer-" });
  } catch {
    return Deno.makeTempDirSync({ prefix: "buffer-" });
  }
}
