/**
 * Serves one client of the simulated Modbus TCP server: reads frames, answers
 * them in order, shows injected faults.
 *
 * @module
 */

import { type DeviceImage, type ImageRequest, readImage } from "../device_image.ts";
import { createFramer, type RequestFrame } from "./mbap.ts";
import { parseRequest, responseBytes } from "./response.ts";
import type { FaultInjector } from "./server_faults.ts";
import type { ServerStats } from "./server_stats.ts";
import { delay, isDisconnect, writeAll } from "./socket.ts";

/** Parts of the server that a connection uses. */
export interface ConnectionParts {
  /** Registers of a unit; undefined if the unit is absent. */
  readonly imageOf: (unitId: number) => DeviceImage | undefined;
  readonly absentUnits: "exception" | "silent";
  readonly faults: FaultInjector;
  readonly stats: ServerStats;
  /** Number of responses after which the connection is closed; read for each response. */
  readonly responsesMax: () => number;
  /** Aborts delays when the server closes. */
  readonly signal: AbortSignal;
}

/** Size of a read buffer, in bytes: larger than any burst of requests. */
const CHUNK_BYTES = 4096;

/** Exception code for an absent unit: gateway target device failed to respond. */
const ABSENT_UNIT = 0x0b;

/** Serves a client until it disconnects, sends something that is not Modbus, or a fault ends it. */
export async function serveClient(
  client: Deno.TcpConn,
  parts: ConnectionParts,
): Promise<void> {
  const framer = createFramer();
  const chunk = new Uint8Array(CHUNK_BYTES);
  let responses = 0;
  try {
    client.setNoDelay(true);
    for (;;) {
      const count = await client.read(chunk);
      if (count === null) return;
      const frames = framer.push(chunk.subarray(0, count));
      if (frames === undefined) {
        parts.stats.malformed++;
        return;
      }
      for (const frame of frames) {
        if (!await respond(client, frame, parts)) return;
        if (++responses >= parts.responsesMax()) return;
      }
    }
  } catch (thrown) {
    if (!isDisconnect(thrown)) throw thrown;
  }
}

/** Responds to one frame; false = close the connection. */
async function respond(
  client: Deno.TcpConn,
  frame: RequestFrame,
  parts: ConnectionParts,
): Promise<boolean> {
  const { faults, stats, signal } = parts;
  stats.requests++;
  stats.byUnit.set(frame.unitId, (stats.byUnit.get(frame.unitId) ?? 0) + 1);
  const request = parseRequest(frame);
  const fault = faults.take(request);
  if (fault !== undefined) stats.faults++;
  if (fault?.kind === "drop") return false;
  if (fault?.kind === "silent") return true;
  if (fault?.kind === "delay") await delay(fault.delayMs, signal);
  const response = fault?.kind === "exception"
    ? { ok: false as const, code: fault.code }
    : lookUp(request, parts);
  if (response === undefined) return true;
  if (response.ok) stats.answers++;
  else stats.exceptions++;
  const bytes = responseBytes(frame, response, fault);
  if (fault?.kind !== "dribble") {
    await writeAll(client, bytes);
    return true;
  }
  const pieceBytes = Math.max(1, fault.pieceBytes);
  for (let at = 0; at < bytes.length; at += pieceBytes) {
    await writeAll(client, bytes.subarray(at, at + pieceBytes));
    await delay(fault.pauseMs, signal);
  }
  return true;
}

function lookUp(
  request: ImageRequest,
  { imageOf, absentUnits }: ConnectionParts,
): ReturnType<typeof readImage> | undefined {
  const image = imageOf(request.unitId);
  if (image !== undefined) return readImage(image, request);
  return absentUnits === "silent" ? undefined : { ok: false, code: ABSENT_UNIT };
}
