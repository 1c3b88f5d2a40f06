/**
 * A Modbus TCP server that plays devices: units behind one port, each with
 * its image, and faults on demand. It answers function codes 3 and 4.
 *
 * @module
 */

import { answerBytes, parseRequest } from "./answer.ts";
import { type DeviceImage, type ImageRequest, readImage } from "../device_image.ts";
import { createFramer, type Frame } from "./mbap.ts";
import {
  createFaultBoard,
  type FaultRule,
  type InjectedFault,
} from "./server_faults.ts";
import { closeQuietly, isFarewell, pause, writeAll } from "./socket.ts";

/** The units behind a port, by unit id, asked for each request: a map that may change, or its like. */
export interface Units {
  /** The unit's registers now; undefined = it is not there. */
  get(unitId: number): DeviceImage | undefined;
}

/** How a server is set up. */
export interface ServerOptions {
  /** Default 127.0.0.1. */
  readonly hostname?: string;
  /** Default 0: any free port. */
  readonly port?: number;
  readonly units: Units;
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
  /** From now on ends each connection after so many of its answers; Infinity = never. */
  closeAfter(answersMax: number): void;
  /** Closes the connections of all clients and goes on listening. */
  dropClients(): void;
  /** Drops all clients and stops listening until {@linkcode SimulatorServer.wake}; idempotent. */
  sleep(): void;
  /** Listens at the same port again; false = another program took it meanwhile. Idempotent. */
  wake(): boolean;
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
  const { units, absentUnits = "exception", hostname = "127.0.0.1" } = options;
  let listener: Deno.TcpListener | undefined = Deno.listen({
    hostname,
    port: options.port ?? 0,
  });
  const { port } = listener.addr;
  const board = createFaultBoard();
  const stop = new AbortController();
  const clients = new Map<Deno.TcpConn, Promise<void>>();
  let sessionsMax = options.sessionsMax ?? SESSIONS_MAX;
  let answersMax = Infinity;
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

  async function accept(from: Deno.TcpListener): Promise<void> {
    while (listener === from) {
      let client: Deno.TcpConn;
      try {
        client = await from.accept();
      } catch {
        if (listener !== from) return;
        await pause(10, stop.signal); // e.g. out of file descriptors, or a client that left at once
        continue;
      }
      if (listener !== from || clients.size >= sessionsMax) {
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
    let answers = 0;
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
          if (++answers >= answersMax) return;
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

  function dropClients(): void {
    for (const client of clients.keys()) closeQuietly(client);
  }

  function stopListening(): void {
    const closing = listener;
    listener = undefined;
    closing?.close();
    dropClients();
  }

  let accepting = accept(listener);
  return {
    port,
    stats,
    inject: (rule) => board.inject(rule),
    limitSessions: (count) => void (sessionsMax = count),
    closeAfter: (answers) => void (answersMax = answers),
    dropClients,
    sleep: stopListening,
    wake() {
      if (listener !== undefined || stop.signal.aborted) return true;
      try {
        listener = Deno.listen({ hostname, port });
      } catch (error) {
        if (error instanceof Deno.errors.AddrInUse) return false;
        throw error;
      }
      accepting = Promise.all([accepting, accept(listener)]).then(() => {});
      return true;
    },
    async close() {
      stop.abort();
      stopListening();
      await Promise.all([accepting, ...clients.values()]);
    },
  };
}
