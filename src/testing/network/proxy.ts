/**
 * A TCP proxy in front of a Kafka broker that injects faults. It parses only frame
 * length, API key and correlation id, to recognise Produce requests.
 *
 * @module
 */

import { pause } from "../pause.ts";

const PRODUCE = 0;

/** A proxy; its counters show which faults occurred. */
export interface FaultProxy {
  readonly port: number;
  /** Produce requests forwarded to the broker. */
  readonly produces: number;
  /** Produce responses dropped. */
  readonly lostAcks: number;
  /** Produce requests on open connections whose response the client has not received. */
  readonly inFlight: number;
  /** Sizes of the forwarded Produce requests, in bytes. */
  readonly produceSizes: readonly number[];
  /** Requests and responses dropped by the black hole. */
  readonly dropped: number;
  /** Connections accepted while the black hole was active. */
  readonly blackHoleConnections: number;
  readonly connections: number;
  /** Forwards everything (initial state). */
  pass(): void;
  /** Drops the next `count` Produce responses; the connection is closed or kept. */
  loseAcks(count: number, then: "close" | "keep"): void;
  /** Accepts connections and forwards nothing, on open connections too. */
  blackhole(): void;
  /** Resets every connection. */
  closeAll(): void;
  /** Delays each response, and limits requests to a number of bytes per second (0 = unlimited). */
  slow(delayMs: number, bytesPerS: number): void;
  close(): Promise<void>;
}

/** The faults in effect and the counters of a proxy. */
interface ProxyState {
  readonly open: Set<Deno.TcpConn>;
  /** Correlation ids of Produce requests without a response, by connection. */
  readonly waiting: Set<Set<number>>;
  silent: boolean;
  acksToLose: number;
  closeAfterLoss: boolean;
  delayMs: number;
  bytesPerS: number;
  readonly produceSizes: number[];
  dropped: number;
  lostAcks: number;
  blackHoleConnections: number;
  connections: number;
}

/** One client connection with its connection to the broker. */
interface Route {
  readonly client: Deno.TcpConn;
  readonly broker: Deno.TcpConn;
  /** API keys of requests without a response, by correlation id. */
  readonly apiKeys: Map<number, number>;
  readonly unanswered: Set<number>;
}

/** Starts a proxy to `127.0.0.1:target` on a free port. */
export function startProxy(target: number): FaultProxy {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const state: ProxyState = {
    open: new Set(),
    waiting: new Set(),
    silent: false,
    acksToLose: 0,
    closeAfterLoss: true,
    delayMs: 0,
    bytesPerS: 0,
    produceSizes: [],
    dropped: 0,
    lostAcks: 0,
    blackHoleConnections: 0,
    connections: 0,
  };
  const dropAll = (): void => [...state.open].forEach((one) => drop(state, one));
  const serving = (async () => {
    for await (const client of listener) {
      void serve(state, client as Deno.TcpConn, target);
    }
  })();
  return {
    port: (listener.addr as Deno.NetAddr).port,
    get produces() {
      return state.produceSizes.length;
    },
    produceSizes: state.produceSizes,
    get dropped() {
      return state.dropped;
    },
    get lostAcks() {
      return state.lostAcks;
    },
    get inFlight() {
      return [...state.waiting].reduce((sum, ids) => sum + ids.size, 0);
    },
    get blackHoleConnections() {
      return state.blackHoleConnections;
    },
    get connections() {
      return state.connections;
    },
    pass() {
      Object.assign(state, { silent: false, acksToLose: 0, delayMs: 0, bytesPerS: 0 });
    },
    loseAcks(acks, then) {
      Object.assign(state, { acksToLose: acks, closeAfterLoss: then === "close" });
    },
    blackhole: () => void (state.silent = true),
    closeAll: dropAll,
    slow(delayMs, bytesPerS) {
      Object.assign(state, { delayMs, bytesPerS });
    },
    async close() {
      listener.close();
      dropAll();
      await serving;
    },
  };
}

async function serve(
  state: ProxyState,
  client: Deno.TcpConn,
  target: number,
): Promise<void> {
  state.connections++;
  if (state.silent) state.blackHoleConnections++;
  state.open.add(client);
  let broker: Deno.TcpConn;
  try {
    broker = await Deno.connect({ hostname: "127.0.0.1", port: target });
  } catch {
    return drop(state, client);
  }
  state.open.add(broker);
  const unanswered = new Set<number>();
  state.waiting.add(unanswered);
  const route: Route = { client, broker, apiKeys: new Map(), unanswered };
  await Promise.all([
    forwardRequests(state, route).finally(() => state.waiting.delete(unanswered)),
    forwardResponses(state, route),
  ]);
  drop(state, client);
  drop(state, broker);
}

async function forwardRequests(state: ProxyState, route: Route): Promise<void> {
  for await (const frame of frames(route.client)) {
    if (state.silent) {
      state.dropped++;
      continue;
    }
    if (state.bytesPerS > 0) await pause(frame.length * 1_000 / state.bytesPerS);
    const view = new DataView(frame.buffer);
    const [apiKey, id] = [view.getInt16(4), view.getInt32(8)];
    route.apiKeys.set(id, apiKey);
    if (apiKey === PRODUCE) {
      state.produceSizes.push(frame.length);
      route.unanswered.add(id);
    }
    if (!await writeFrame(route.broker, frame)) break;
  }
  drop(state, route.broker);
}

async function forwardResponses(state: ProxyState, route: Route): Promise<void> {
  for await (const frame of frames(route.broker)) {
    if (state.silent) {
      state.dropped++;
      continue;
    }
    if (state.delayMs > 0) await pause(state.delayMs);
    const id = new DataView(frame.buffer).getInt32(4);
    const apiKey = route.apiKeys.get(id);
    route.apiKeys.delete(id);
    if (apiKey === PRODUCE && state.acksToLose > 0) {
      state.acksToLose--;
      state.lostAcks++;
      if (state.closeAfterLoss) break;
      continue;
    }
    if (!await writeFrame(route.client, frame)) break;
    route.unanswered.delete(id);
  }
  drop(state, route.client);
}

function drop(state: ProxyState, connection: Deno.TcpConn): void {
  if (!state.open.delete(connection)) return;
  connection.close();
}

/** Complete frames with their length prefix; ends with the connection. */
export async function* frames(connection: Deno.TcpConn): AsyncGenerator<Uint8Array> {
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

/** Writes a frame; false if the connection has ended. */
export async function writeFrame(
  connection: Deno.TcpConn,
  bytes: Uint8Array,
): Promise<boolean> {
  try {
    for (let done = 0; done < bytes.length;) {
      done += await connection.write(bytes.subarray(done));
    }
    return true;
  } catch {
    return false;
  }
}
