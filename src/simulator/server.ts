/**
 * A Modbus TCP server that plays devices: units behind one port, each with
 * its image, and faults on demand. It answers function codes 3 and 4.
 *
 * @module
 */

import { type DeviceImage, type ImageRequest, readImage } from "./device_image.ts";
import { answerBytes, parseRequest } from "./answer.ts";
import { createFramer, type Frame } from "./mbap.ts";
import {
  createFaultBoard,
  type FaultRule,
  type InjectedFault,
} from "./server_faults.ts";

/** How a server is set up. */
export interface ServerOptions {
  /** Default 127.0.0.1. */
  readonly hostname?: string;
  /** Default 0: any free port. */
  readonly port?: number;
  /** The units behind the port; the map may change while the server runs. */
  readonly units: ReadonlyMap<number, DeviceImage>;
  /** What a unit that is not there gets: exception 0x0B (default), or silence. */
  readonly absentUnits?: "exception" | "silent";
  /** How many clients at once; one more is closed as soon as it connects. Default 32. */
  readonly sessionsMax?: number;
}

/** What a server has done; the object is live. */
export interface ServerStats {
  /** Requests received, whatever became of them. */
  requests: number;
  /** Proper answers with registers. */
  answers: number;
  /** Exceptions sent, the injected ones included. */
  exceptions: number;
  /** Faults shown. */
  faults: number;
  /** Clients served, ever. */
  sessions: number;
  /** Clients being served. */
  sessionsOpen: number;
  /** Clients turned away by the session limit. */
  sessionsRefused: number;
  /** Clients dropped because what they sent is not Modbus. */
  malformed: number;
  /** Requests by unit id. */
  readonly byUnit: Map<number, number>;
}

/** A running server. */
export interface SimulatorServer {
  readonly port: number;
  readonly stats: Readonly<ServerStats>;
  /** Shows a fault from now on. */
  inject(rule: FaultRule): InjectedFault;
  /** Changes the session limit; clients above it that are there already stay. */
  limitSessions(sessionsMax: number): void;
  /** Closes the connections of all clients and goes on listening. */
  dropClients(): void;
  /** Stops listening, closes every connection; idempotent. */
  close(): Promise<void>;
}

const SESSIONS_MAX = 32;
/** More than any burst of requests; what does not fit stays with TCP. */
const CHUNK_BYTES = 4096;

/**
 * Starts a server.
 *
 * @throws Deno.errors.AddrInUse and its like if the port cannot be had.
 */
export function startServer(options: ServerOptions): SimulatorServer {
  const { units, absentUnits = "exception" } = options;
  const listener = Deno.listen({
    hostname: options.hostname ?? "127.0.0.1",
    port: options.port ?? 0,
  });
  const board = createFaultBoard();
  const stop = new AbortController();
  const clients = new Map<Deno.TcpConn, Promise<void>>();
  let sessionsMax = options.sessionsMax ?? SESSIONS_MAX;
  const stats: ServerStats = {
    requests: 0,
    answers: 0,
    exceptions: 0,
    faults: 0,
    sessions: 0,
    get sessionsOpen() {
      return clients.size;
    },
    sessionsRefused: 0,
    malformed: 0,
    byUnit: new Map(),
  };

  async function accept(): Promise<void> {
    while (!stop.signal.aborted) {
      let client: Deno.TcpConn;
      try {
        client = await listener.accept();
      } catch {
        if (stop.signal.aborted) return;
        await pause(10, stop.signal); // e.g. out of file descriptors, or a client that left at once
        continue;
      }
      if (stop.signal.aborted || clients.size >= sessionsMax) {
        stats.sessionsRefused++;
        closeQuietly(client);
        continue;
      }
      stats.sessions++;
      const served = serve(client).finally(() => {
        clients.delete(client);
        closeQuietly(client);
      });
      clients.set(client, served);
    }
  }

  /** Serves a client to its end; one request at a time, in order of arrival. */
  async function serve(client: Deno.TcpConn): Promise<void> {
    const framer = createFramer();
    const chunk = new Uint8Array(CHUNK_BYTES);
    try {
      client.setNoDelay(true);
      for (;;) {
        const count = await client.read(chunk);
        if (count === null) return;
        const frames = framer.push(chunk.subarray(0, count));
        if (frames === undefined) {
          stats.malformed++;
          return;
        }
        for (const frame of frames) {
          if (!await answer(client, frame)) return;
        }
      }
    } catch (thrown) {
      if (!isFarewell(thrown)) throw thrown;
    }
  }

  /** Answers one frame; false = close the connection. */
  async function answer(client: Deno.TcpConn, frame: Frame): Promise<boolean> {
    stats.requests++;
    stats.byUnit.set(frame.unitId, (stats.byUnit.get(frame.unitId) ?? 0) + 1);
    const request = parseRequest(frame);
    const fault = board.draw(request);
    if (fault !== undefined) stats.faults++;
    if (fault?.kind === "drop") return false;
    if (fault?.kind === "silent") return true;
    if (fault?.kind === "delay") await pause(fault.delayMs, stop.signal);
    const proper = fault?.kind === "exception"
      ? { ok: false as const, code: fault.code }
      : lookUp(request);
    if (proper === undefined) return true;
    if (proper.ok) stats.answers++;
    else stats.exceptions++;
    const bytes = answerBytes(frame, proper, fault);
    if (fault?.kind !== "dribble") {
      await writeAll(client, bytes);
      return true;
    }
    const pieceBytes = Math.max(1, fault.pieceBytes);
    for (let at = 0; at < bytes.length; at += pieceBytes) {
      await writeAll(client, bytes.subarray(at, at + pieceBytes));
      await pause(fault.pauseMs, stop.signal);
    }
    return true;
  }

  function lookUp(request: ImageRequest): ReturnType<typeof readImage> | undefined {
    const image = units.get(request.unitId);
    if (image !== undefined) return readImage(image, request);
    return absentUnits === "silent" ? undefined : { ok: false, code: 0x0b };
  }

  const accepting = accept();
  return {
    port: listener.addr.port,
    stats,
    inject: (rule) => board.inject(rule),
    limitSessions: (count) => void (sessionsMax = count),
    dropClients() {
      for (const client of clients.keys()) closeQuietly(client);
    },
    async close() {
      if (!stop.signal.aborted) {
        stop.abort();
        listener.close();
        for (const client of clients.keys()) closeQuietly(client);
      }
      await Promise.all([accepting, ...clients.values()]);
    },
  };
}

async function writeAll(client: Deno.TcpConn, bytes: Uint8Array): Promise<void> {
  for (let at = 0; at < bytes.length;) at += await client.write(bytes.subarray(at));
}

/** What a connection that ends throws, at either side. */
function isFarewell(thrown: unknown): boolean {
  return thrown instanceof Deno.errors.BadResource ||
    thrown instanceof Deno.errors.Interrupted ||
    thrown instanceof Deno.errors.ConnectionReset ||
    thrown instanceof Deno.errors.ConnectionAborted ||
    thrown instanceof Deno.errors.BrokenPipe ||
    thrown instanceof Deno.errors.NotConnected ||
    thrown instanceof Deno.errors.TimedOut ||
    thrown instanceof Deno.errors.UnexpectedEof;
}

function closeQuietly(client: Deno.TcpConn): void {
  try {
    client.close();
  } catch {
    // closed already
  }
}

/** Waits, or less once `signal` aborts. */
function pause(durationMs: number, signal: AbortSignal): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  if (signal.aborted) return Promise.resolve();
  const timer = setTimeout(done, durationMs);
  signal.addEventListener("abort", done, { once: true });
  function done(): void {
    clearTimeout(timer);
    signal.removeEventListener("abort", done);
    resolve();
  }
  return promise;
}
