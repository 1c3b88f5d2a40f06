/**
 * Opens the buffer in its worker.
 *
 * @module
 */

import { dirname, resolve } from "node:path";
import type { Clock } from "../../base/clock.ts";
import { bad, good, type Result } from "../../base/result.ts";
import {
  type Buffer,
  BufferFailure,
  type BufferFault,
  type BufferOptions,
} from "../buffer.ts";
import type { WorkerRequest, WorkerResponse } from "./protocol.ts";
import { type BufferSession, createBufferSession } from "./session.ts";

/**
 * Opens the buffer in a new worker. The epoch of this start is on disk when the
 * promise resolves.
 *
 * @throws {BufferFailure} if the worker ends; the reason of `signal` if it aborts.
 */
export async function openBuffer(
  options: BufferOptions,
  clock: Clock,
  signal: AbortSignal,
): Promise<Result<Buffer, BufferFault>> {
  signal.throwIfAborted();
  const { workerUrl, ...workerOptions } = options;
  const workerSettings = {
    type: "module",
    deno: { permissions: permissionsFor(options.path) },
  } as const;
  // Bundlers recognise only this literal form and include the worker's file.
  const worker = workerUrl === undefined
    ? new Worker(new URL("./worker.ts", import.meta.url), workerSettings)
    : new Worker(workerUrl, workerSettings);
  const opening = Promise.withResolvers<Result<Buffer, BufferFault>>();
  let session: BufferSession | undefined;

  const fail = (detail: string): void => {
    worker.terminate();
    const failure = new BufferFailure(`The buffer's worker failed: ${detail}`);
    opening.reject(failure);
    session?.fail(failure);
  };
  worker.onerror = (event) => {
    event.preventDefault();
    fail(event.message);
  };
  worker.onmessageerror = () => fail("cannot deserialize a message");
  worker.onmessage = ({ data }: MessageEvent<WorkerResponse>) => {
    switch (data.kind) {
      case "fault":
        worker.terminate();
        opening.resolve(bad(data.fault));
        break;
      case "failed":
        fail(data.detail);
        break;
      case "opened":
        session = createBufferSession(worker, clock, data.opened, data);
        opening.resolve(good(session.buffer));
        break;
      default:
        session?.receive(data);
    }
  };
  const onAbort = (): void => {
    worker.terminate();
    opening.reject(signal.reason);
  };
  signal.addEventListener("abort", onAbort, { once: true });
  const request: WorkerRequest = {
    kind: "open",
    options: workerOptions,
    wallMs: clock.wallMs(),
  };
  worker.postMessage(request);
  try {
    return await opening.promise;
  } finally {
    signal.removeEventListener("abort", onAbort);
  }
}

/** Permissions of the worker: read and write in the folder of its file only. */
function permissionsFor(path: string): Deno.PermissionOptionsObject {
  const folders = [dirname(resolve(path))];
  try {
    folders.push(dirname(Deno.realPathSync(path))); // the target of a symbolic link
  } catch {
    // The file does not exist yet, or the worker will report the error.
  }
  return {
    read: folders,
    write: folders,
    ...{ net: false, env: false, sys: false, run: false, ffi: false, import: false },
  };
}
