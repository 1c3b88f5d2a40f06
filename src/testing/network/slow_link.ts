/**
 * A TCP proxy that behaves like a slow link: limited bandwidth and a delay in each
 * direction. It does not parse the bytes, so bytes sent before the sender closes
 * still arrive, late and complete, as over a real link.
 *
 * Kafka clients connect to the advertised address: start a broker with a link among
 * its `fronts`, so that the broker advertises the link.
 *
 * @module
 */

import { pause } from "../pause.ts";

/** Properties of a link. */
export interface LinkSpeed {
  /** Bandwidth in each direction, shared by all connections. */
  readonly bitsPerS: number;
  /** Round-trip time; each direction delays by half of it. */
  readonly roundTripMs: number;
}

/** A link; its properties can be changed during use. */
export interface SlowLink {
  readonly port: number;
  /** Bytes sent to the target, and received from it. */
  readonly bytes: { readonly up: number; readonly down: number };
  /** Null = unlimited. */
  set(speed: LinkSpeed | null): void;
  close(): Promise<void>;
}

/** Bytes per read: small, so that the rate is even. */
const PIECE_BYTES = 1_024;
/** Buffer in each direction, in bytes, like that of a modem; when full, the sender waits. */
const BUFFER_BYTES_MAX = 32 * 1_024;
const POLL_MS = 5;

interface Piece {
  readonly bytes: Uint8Array;
  readonly dueMs: number;
}

/** One direction of a link; all its connections share the rate. */
interface Direction {
  /** Time at which all accepted bytes are sent. */
  freeAtMs: number;
  bufferedBytes: number;
  bytes: number;
}

/** Starts a link to `127.0.0.1:target` on a free port; unlimited until set. */
export function startSlowLink(target: number): SlowLink {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const open = new Set<Deno.TcpConn>();
  const up: Direction = { freeAtMs: 0, bufferedBytes: 0, bytes: 0 };
  const down: Direction = { freeAtMs: 0, bufferedBytes: 0, bytes: 0 };
  let speed: LinkSpeed | null = null;
  let closed = false;

  async function serve(client: Deno.TcpConn): Promise<void> {
    open.add(client);
    let broker: Deno.TcpConn;
    try {
      broker = await Deno.connect({ hostname: "127.0.0.1", port: target });
    } catch {
      return drop(client);
    }
    open.add(broker);
    await Promise.all([
      carryBytes(client, broker, up),
      carryBytes(broker, client, down),
    ]);
    drop(client);
    drop(broker);
  }

  /** Reads as the rate allows, writes what is due; ends with `from`. */
  async function carryBytes(
    from: Deno.TcpConn,
    to: Deno.TcpConn,
    direction: Direction,
  ): Promise<void> {
    const pieces: Piece[] = [];
    let over = false;
    const reading = (async () => {
      while (!closed) {
        while (direction.bufferedBytes > BUFFER_BYTES_MAX && !closed) {
          await pause(POLL_MS);
        }
        const chunk = new Uint8Array(PIECE_BYTES);
        // Null at the end; a reset throws and ends the direction too.
        const count = await from.read(chunk).catch(() => null);
        if (count === null) break;
        const nowMs = performance.now();
        direction.bytes += count;
        direction.bufferedBytes += count;
        const sendMs = speed === null ? 0 : count * 8_000 / speed.bitsPerS;
        direction.freeAtMs = Math.max(nowMs, direction.freeAtMs) + sendMs;
        const dueMs = direction.freeAtMs + (speed?.roundTripMs ?? 0) / 2;
        pieces.push({ bytes: chunk.subarray(0, count), dueMs });
      }
      over = true;
    })();
    while (!closed && !(over && pieces.length === 0)) {
      const piece = pieces[0];
      const waitMs = piece === undefined ? POLL_MS : piece.dueMs - performance.now();
      if (waitMs > 0) {
        await pause(Math.min(waitMs, POLL_MS));
        continue;
      }
      pieces.shift();
      if (piece === undefined) continue;
      direction.bufferedBytes -= piece.bytes.length;
      // Bytes are carried even if their sender has closed in the meantime.
      await writeAll(to, piece.bytes);
    }
    await reading;
    // Half-close: the other direction continues.
    await to.closeWrite().catch(() => {});
  }

  function drop(connection: Deno.TcpConn): void {
    if (!open.delete(connection)) return;
    connection.close();
  }

  const serving = (async () => {
    for await (const client of listener) void serve(client as Deno.TcpConn);
  })();
  return {
    port: (listener.addr as Deno.NetAddr).port,
    get bytes() {
      return { up: up.bytes, down: down.bytes };
    },
    set(next) {
      speed = next;
    },
    async close() {
      closed = true;
      listener.close();
      [...open].forEach(drop);
      await serving;
    },
  };
}

async function writeAll(connection: Deno.TcpConn, bytes: Uint8Array): Promise<void> {
  try {
    for (let done = 0; done < bytes.length;) {
      done += await connection.write(bytes.subarray(done));
    }
  } catch {
    // Already closed.
  }
}
