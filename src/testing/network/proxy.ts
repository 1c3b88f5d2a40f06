/**
 * A TCP proxy before a Kafka broker that plays faults. It knows just enough of
 * the protocol (length-prefixed frames, api key, correlation id) to tell a
 * Produce request from the rest.
 *
 * @module
 */

const PRODUCE = 0;

/** A proxy; its counters say which faults did happen. */
export interface FaultProxy {
  readonly port: number;
  /** Produce requests that were passed on to the broker. */
  readonly produces: number;
  /** Answers to Produce requests that were swallowed. */
  readonly lostAcks: number;
  /** Produce requests on open connections whose answer the client does not have. */
  readonly inFlight: number;
  /** Sizes of the Produce requests that were passed on, in bytes. */
  readonly produceSizes: readonly number[];
  /** Requests and answers that vanished in a black hole. */
  readonly swallowed: number;
  /** Connections that were accepted while the proxy answered nothing. */
  readonly blackholed: number;
  readonly connections: number;
  /** Passes everything on (the beginning). */
  pass(): void;
  /** Swallows the next `count` answers to Produce requests; the connection is closed, or kept. */
  loseAcks(count: number, then: "close" | "keep"): void;
  /** Accepts connections and answers nothing; those that are open fall silent. */
  blackhole(): void;
  /** Resets every connection. */
  closeAll(): void;
  /** Delays each answer, and lets requests through at so many bytes a second (0 = at once). */
  slow(delayMs: number, bytesPerS: number): void;
  close(): Promise<void>;
}

/** Starts a proxy before `127.0.0.1:target` on a free port. */
export function startProxy(target: number): FaultProxy {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const open = new Set<Deno.TcpConn>();
  /** By connection, the ids of Produce requests that wait for their answer. */
  const waiting = new Set<Set<number>>();
  let silent = false;
  let toLose = 0;
  let closeAfterLoss = true;
  let delayMs = 0;
  let bytesPerS = 0;
  const produceSizes: number[] = [];
  const count = { swallowed: 0, lostAcks: 0, blackholed: 0, connections: 0 };

  async function serve(client: Deno.TcpConn): Promise<void> {
    count.connections++;
    if (silent) count.blackholed++;
    open.add(client);
    let broker: Deno.TcpConn;
    try {
      broker = await Deno.connect({ hostname: "127.0.0.1", port: target });
    } catch {
      return drop(client);
    }
    open.add(broker);
    const kinds = new Map<number, number>();
    const unanswered = new Set<number>();
    waiting.add(unanswered);
    await Promise.all([
      up(client, broker, kinds, unanswered).finally(() => waiting.delete(unanswered)),
      down(client, broker, kinds, unanswered),
    ]);
    drop(client);
    drop(broker);
  }

  async function up(
    client: Deno.TcpConn,
    broker: Deno.TcpConn,
    kinds: Map<number, number>,
    unanswered: Set<number>,
  ): Promise<void> {
    for await (const frame of frames(client)) {
      if (silent) {
        count.swallowed++;
        continue;
      }
      if (bytesPerS > 0) await pause(frame.length * 1_000 / bytesPerS);
      const view = new DataView(frame.buffer);
      const kind = view.getInt16(4);
      kinds.set(view.getInt32(8), kind);
      if (kind === PRODUCE) {
        produceSizes.push(frame.length);
        unanswered.add(view.getInt32(8));
      }
      if (!await writeAll(broker, frame)) break;
    }
    drop(broker);
  }

  async function down(
    client: Deno.TcpConn,
    broker: Deno.TcpConn,
    kinds: Map<number, number>,
    unanswered: Set<number>,
  ): Promise<void> {
    for await (const frame of frames(broker)) {
      if (silent) {
        count.swallowed++;
        continue;
      }
      if (delayMs > 0) await pause(delayMs);
      const id = new DataView(frame.buffer).getInt32(4);
      const kind = kinds.get(id);
      kinds.delete(id);
      if (kind === PRODUCE && toLose > 0) {
        toLose--;
        count.lostAcks++;
        if (closeAfterLoss) break;
        continue;
      }
      if (!await writeAll(client, frame)) break;
      unanswered.delete(id);
    }
    drop(client);
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
    get produces() {
      return produceSizes.length;
    },
    produceSizes,
    get swallowed() {
      return count.swallowed;
    },
    get lostAcks() {
      return count.lostAcks;
    },
    get inFlight() {
      return [...waiting].reduce((sum, ids) => sum + ids.size, 0);
    },
    get blackholed() {
      return count.blackholed;
    },
    get connections() {
      return count.connections;
    },
    pass() {
      silent = false;
      toLose = 0;
      delayMs = 0;
      bytesPerS = 0;
    },
    loseAcks(acks, then) {
      toLose = acks;
      closeAfterLoss = then === "close";
    },
    blackhole: () => void (silent = true),
    closeAll: () => [...open].forEach(drop),
    slow(delay, rate) {
      delayMs = delay;
      bytesPerS = rate;
    },
    async close() {
      listener.close();
      [...open].forEach(drop);
      await serving;
    },
  };
}

/** Whole frames, each with its length; ends with the connection. */
async function* frames(connection: Deno.TcpConn): AsyncGenerator<Uint8Array> {
  let rest = new Uint8Array(0);
  const chunk = new Uint8Array(65_536);
  for (;;) {
    let got: number | null;
    try {
      got = await connection.read(chunk);
    } catch {
      return;
    }
    if (got === null) return;
    const joined = new Uint8Array(rest.length + got);
    joined.set(rest);
    joined.set(chunk.subarray(0, got), rest.length);
    rest = joined;
    while (rest.length >= 4) {
      const size = 4 + new DataView(rest.buffer, rest.byteOffset).getInt32(0);
      if (rest.length < size) break;
      yield rest.slice(0, size);
      rest = rest.slice(size);
    }
  }
}

async function writeAll(connection: Deno.TcpConn, bytes: Uint8Array): Promise<boolean> {
  try {
    for (let done = 0; done < bytes.length;) {
      done += await connection.write(bytes.subarray(done));
    }
    return true;
  } catch {
    return false;
  }
}

function pause(durationMs: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, durationMs));
}
