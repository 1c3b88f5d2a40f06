/**
 * A TCP proxy that is a slow, far link: so many bits a second each way, so long
 * until a byte arrives. It looks at no byte, so what was sent arrives late and
 * whole also after the sender has hung up, as over a real link.
 *
 * Kafka's clients go where the broker says that it is: start a broker with a
 * link among its `fronts`, so that it says that it is here.
 *
 * @module
 */

/** How slow. */
export interface LinkSpeed {
  /** Each way, shared by all connections. */
  readonly bitsPerS: number;
  /** Both ways together: half of it passes before a byte arrives. */
  readonly roundTripMs: number;
}

/** A link; it can be changed while it is used. */
export interface SlowLink {
  readonly port: number;
  /** Bytes that left for the far side, and that came from it. */
  readonly bytes: { readonly up: number; readonly down: number };
  /** Null = as fast as it goes. */
  set(speed: LinkSpeed | null): void;
  close(): Promise<void>;
}

/** Bytes that are read at once: small, so that the pace is even. */
const PIECE_BYTES = 1_024;
/** What the link holds each way, as the buffers of a modem do; then the sender must wait. */
const HELD_BYTES_MAX = 32 * 1_024;
const LOOK_MS = 5;

interface Piece {
  readonly bytes: Uint8Array;
  readonly dueMs: number;
}

/** One way of a link; all its connections share the pace. */
interface Way {
  /** When the link has sent all that it was given. */
  freeAtMs: number;
  held: number;
  bytes: number;
}

/** Starts a link to `127.0.0.1:target` on a free port; as fast as it goes until it is set. */
export function startSlowLink(target: number): SlowLink {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const open = new Set<Deno.TcpConn>();
  const up: Way = { freeAtMs: 0, held: 0, bytes: 0 };
  const down: Way = { freeAtMs: 0, held: 0, bytes: 0 };
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
    await Promise.all([carry(client, broker, up), carry(broker, client, down)]);
    drop(client);
    drop(broker);
  }

  /** Reads as the pace allows, writes what is due; ends with the end of `from`. */
  async function carry(
    from: Deno.TcpConn,
    to: Deno.TcpConn,
    way: Way,
  ): Promise<void> {
    const pieces: Piece[] = [];
    let over = false;
    const reading = (async () => {
      while (!closed) {
        while (way.held > HELD_BYTES_MAX && !closed) await pause(LOOK_MS);
        const chunk = new Uint8Array(PIECE_BYTES);
        // Null at its end; a reset throws, and nothing more comes either.
        const got = await from.read(chunk).catch(() => null);
        if (got === null) break;
        const nowMs = performance.now();
        way.bytes += got;
        way.held += got;
        const sendMs = speed === null ? 0 : got * 8_000 / speed.bitsPerS;
        way.freeAtMs = Math.max(nowMs, way.freeAtMs) + sendMs;
        const dueMs = way.freeAtMs + (speed?.roundTripMs ?? 0) / 2;
        pieces.push({ bytes: chunk.subarray(0, got), dueMs });
      }
      over = true;
    })();
    while (!closed && !(over && pieces.length === 0)) {
      const piece = pieces[0];
      const waitMs = piece === undefined ? LOOK_MS : piece.dueMs - performance.now();
      if (waitMs > 0) {
        await pause(Math.min(waitMs, LOOK_MS));
        continue;
      }
      pieces.shift();
      if (piece === undefined) continue;
      way.held -= piece.bytes.length;
      // A far side that has hung up takes nothing; the link carries it all the same.
      await writeAll(to, piece.bytes);
    }
    await reading;
    // Half of the connection ends; what the other half carries still arrives.
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
    // It has hung up.
  }
}

function pause(durationMs: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, durationMs));
}
