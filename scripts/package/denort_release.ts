/**
 * Provides the `denort` of `deno compile` from Deno's release host.
 *
 * @module
 */

import { keepPinned, largestOfZip } from "./pinned_file.ts";
import type { RuntimePins, Target } from "./runtime_pins.ts";

/** Deno's release host. */
export const RELEASE_HOST = "https://dl.deno.land";

/** Time until the host must answer, in ms: a filtered network answers nothing. */
const ANSWER_LIMIT_MS = 10_000;

/** Time limit of the whole download, in ms. */
const DOWNLOAD_LIMIT_MS = 10 * 60_000;

/**
 * Returns the path of the `denort` for `target` in `folder`; undefined if its checksum is
 * not pinned or the host cannot be reached.
 *
 * @throws {Error} If the download has another checksum than the pinned one.
 */
export async function denortFromRelease(
  folder: string,
  target: Target,
  pins: RuntimePins,
  host = RELEASE_HOST,
): Promise<string | undefined> {
  const sha256 = pins.denort[target];
  if (sha256 === undefined) return undefined;
  const path = `${folder}/denort-${pins.version}-${target}`;
  const source = `denort of ${host}`;
  try {
    return await keepPinned(
      { path, sha256, source },
      () => downloadDenort(folder, target, pins.version, host),
    );
  } catch (error) {
    if (error instanceof UnreachableError) return undefined;
    throw error;
  }
}

/** The host did not answer, or not with the file. */
export class UnreachableError extends Error {
  override readonly name = "UnreachableError";
}

/**
 * Downloads a `denort` without checking it.
 *
 * @throws {UnreachableError} If the host does not deliver it.
 */
export async function downloadDenort(
  folder: string,
  target: Target,
  version: string,
  host = RELEASE_HOST,
): Promise<Uint8Array<ArrayBuffer>> {
  const work = await Deno.makeTempDir({ dir: folder });
  try {
    const zip = await fetchBytes(`${host}/release/v${version}/denort-${target}.zip`);
    await Deno.writeFile(`${work}/denort.zip`, zip);
    return await largestOfZip(`${work}/denort.zip`, work);
  } finally {
    await Deno.remove(work, { recursive: true });
  }
}

async function fetchBytes(url: string): Promise<Uint8Array<ArrayBuffer>> {
  const limit = new AbortController();
  const timers = [setTimeout(() => limit.abort(), ANSWER_LIMIT_MS)];
  try {
    const response = await fetch(url, { signal: limit.signal });
    clearTimeout(timers[0]);
    timers.push(setTimeout(() => limit.abort(), DOWNLOAD_LIMIT_MS));
    if (!response.ok) throw new Error(`HTTP ${response.status}`);
    return await response.bytes();
  } catch (cause) {
    throw new UnreachableError(`${url} cannot be downloaded`, { cause });
  } finally {
    timers.forEach((timer) => clearTimeout(timer));
  }
}
