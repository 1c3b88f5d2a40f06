/**
 * A Modbus TCP server that simulates devices: units behind one port, each with its
 * registers, and faults on demand. It answers function codes 3 and 4.
 *
 * @module
 */

import type { DeviceImage } from "../device_image.ts";
import { serveClient } from "./client_connection.ts";
import {
  createFaultInjector,
  type FaultRule,
  type InjectedFault,
} from "./server_faults.ts";
import { createServerStats, type ServerStats } from "./server_stats.ts";
import { closeQuietly, delay } from "./socket.ts";

/** The units behind a port, looked up for each request: a map that may change. */
export interface Units {
  /** Current registers of the unit; undefined = the unit is absent. */
  get(unitId: number): DeviceImage | undefined;
}

/** Options of a server. */
export interface ServerOptions {
  /** Default 127.0.0.1. */
  readonly hostname?: string;
  /** Default 0: any free port. */
  readonly port?: number;
  readonly units: Units;
  /** Response for an absent unit: exception 0x0B (default) or none. */
  readonly absentUnits?: "exception" | "silent";
  /** Limit of concurrent clients; a further one is closed at once. Default 32. */
  readonly sessionsMax?: number;
}

/** A running server. */
export interface SimulatorServer {
  readonly port: number;
  readonly stats: Readonly<ServerStats>;
  /** Adds a fault. */
  inject(rule: FaultRule): InjectedFault;
  /** Changes the limit of clients; connected clients stay. */
  limitSessions(sessionsMax: number): void;
  /** Closes each connection after this number of responses; Infinity = never. */
  closeAfter(responsesMax: number): void;
  /** Disconnects all clients and keeps listening. */
  dropClients(): void;
  /** Disconnects all clients and stops listening until {@linkcode SimulatorServer.wake}; idempotent. */
  sleep(): void;
  /** Listens on the same port again; false = another program uses it. Idempotent. */
  wake(): boolean;
  /** Stops listening and closes every connection; idempotent. */
  close(): Promise<void>;
}

const SESSIONS_MAX = 32;

/** Delay after a failed accept (for example if no file descriptor is free), in ms. */
const ACCEPT_RETRY_MS = 10;

/**
 * Starts a server.
 *
 * @throws Deno.errors.AddrInUse and similar errors if it cannot listen.
 */
export function startServer(options: ServerOptions): SimulatorServer {
  const { units, absentUnits = "exception", hostname = "127.0.0.1" } = options;
  let listener: Deno.TcpListener | undefined = Deno.listen({
    hostname,
    port: options.port ?? 0,
  });
  const { port } = listener.addr;
  const faults = createFaultInjector();
  const stop = new AbortController();
  const clients = new Map<Deno.TcpConn, Promise<void>>();
  let sessionsMax = options.sessionsMax ?? SESSIONS_MAX;
  let responsesMax = Infinity;
  const stats = createServerStats(() => clients.size);
  const parts = {
    ...{ absentUnits, faults, stats, signal: stop.signal },
    imageOf: (unitId: number) => units.get(unitId),
    responsesMax: () => responsesMax,
  };

  async function accept(from: Deno.TcpListener): Promise<void> {
    while (listener === from) {
      let client: Deno.TcpConn;
      try {
        client = await from.accept();
      } catch {
        if (listener !== from) return;
        await delay(ACCEPT_RETRY_MS, stop.signal);
        continue;
      }
      if (listener !== from || clients.size >= sessionsMax) {
        stats.sessionsRefused++;
        closeQuietly(client);
        continue;
      }
      stats.sessions++;
      const served = serveClient(client, parts).finally(() => {
        clients.delete(client);
        closeQuietly(client);
      });
      clients.set(client, served);
    }
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
    inject: (rule) => faults.inject(rule),
    limitSessions: (count) => void (sessionsMax = count),
    closeAfter: (count) => void (responsesMax = count),
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
