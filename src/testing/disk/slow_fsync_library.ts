/**
 * Libraries for LD_PRELOAD, made from the C sources beside this file.
 *
 * @module
 */

import { ROOT } from "../agent/agent_program.ts";

/** The sources, without `.c`. */
export type FaultLibrary = "slow_fsync" | "kill_points";

/**
 * Compiles a library into `.tools/`, unless it is there.
 *
 * @returns its path.
 * @throws if there is no C compiler, or it refuses.
 */
export async function makeLibrary(name: FaultLibrary): Promise<string> {
  const source = `${ROOT}src/testing/disk/${name}.c`;
  const print = await crypto.subtle.digest("SHA-256", await Deno.readFile(source));
  const digits = new Uint8Array(print).toHex().slice(0, 16);
  const path = `${ROOT}.tools/${name}-${digits}.so`;
  if (await Deno.stat(path).then(() => true, () => false)) return path;
  await Deno.mkdir(`${ROOT}.tools`, { recursive: true });
  const making = `${path}.${Deno.pid}`;
  const compiler = new Deno.Command("cc", {
    args: ["-shared", "-fPIC", "-O1", "-Wall", "-o", making, source],
    stderr: "piped",
  });
  const { success, stderr } = await compiler.output().catch((error: unknown) => {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    throw new Error("there is no C compiler (cc): install gcc and libc6-dev");
  });
  if (!success) throw new Error(new TextDecoder().decode(stderr));
  await Deno.rename(making, path);
  return path;
}
