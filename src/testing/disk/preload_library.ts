/**
 * Libraries for LD_PRELOAD, compiled from the C sources in this folder.
 *
 * @module
 */

import { PROJECT_ROOT } from "../project_root.ts";

/** The sources, without `.c`. */
export type FaultLibrary = "slow_fsync" | "kill_points";

/**
 * Compiles a library into `.tools/`, unless it exists.
 *
 * @returns its path.
 * @throws if there is no C compiler, or it fails.
 */
export async function compileLibrary(name: FaultLibrary): Promise<string> {
  const source = `${PROJECT_ROOT}src/testing/disk/${name}.c`;
  const digest = await crypto.subtle.digest("SHA-256", await Deno.readFile(source));
  const hash = new Uint8Array(digest).toHex().slice(0, 16);
  const path = `${PROJECT_ROOT}.tools/${name}-${hash}.so`;
  if (await Deno.stat(path).then(() => true, () => false)) return path;
  await Deno.mkdir(`${PROJECT_ROOT}.tools`, { recursive: true });
  const partial = `${path}.${Deno.pid}`;
  const compiler = new Deno.Command("cc", {
    args: ["-shared", "-fPIC", "-O1", "-Wall", "-o", partial, source],
    stderr: "piped",
  });
  const { success, stderr } = await compiler.output().catch((error: unknown) => {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    throw new Error("no C compiler (cc) found: install gcc and libc6-dev");
  });
  if (!success) throw new Error(new TextDecoder().decode(stderr));
  await Deno.rename(partial, path);
  return path;
}
