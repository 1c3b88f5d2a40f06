/**
 * The sockets of one connection to a broker: opened for kafkajs, watched for activity,
 * and closed at once when the connection is discarded.
 *
 * @module
 */

import {
  connect as connectTcp,
  isIP,
  type LookupFunction,
  type Socket,
} from "node:net";
import { connect as connectTls } from "node:tls";
import type { BrokerAddresses } from "./advertised.ts";
import type { KafkaOptions } from "./options.ts";
import { createReachableLookup } from "./reachable_lookup.ts";

const KEEP_ALIVE_MS = 60_000;
/** Abort reason; created once, since creating an error costs a stack trace. */
const CLOSED = new Error("the socket is closed");
/** Api key of Produce, at byte 4 of a request (Kafka protocol guide, "Request header"). */
const PRODUCE = 0;
const API_KEY_AT = 4;

/** The sockets of a connection. */
export interface Sockets {
  /** @throws {Error} after {@linkcode Sockets.destroy}. */
  open(host: string, port: number, onConnect: () => void): Socket;
  /** Closes every socket at once and prevents new ones. */
  destroy(): void;
}

/**
 * Creates an empty set of sockets.
 *
 * @param connectTimeoutMs time limit for finding an address of a name that accepts
 * @param noteActivity called for each message from a broker and each Produce request
 */
export function createSockets(
  options: KafkaOptions,
  addresses: BrokerAddresses,
  connectTimeoutMs: number,
  noteActivity: () => void,
): Sockets {
  const sockets = new Set<Socket>();
  let destroyed = false;

  return {
    open(host, port, onConnect) {
      if (destroyed) throw new Error("the connection was discarded");
      const closed = new AbortController();
      const lookup = createReachableLookup(port, connectTimeoutMs, closed.signal);
      const socket = connect(options, { host, port, lookup }, onConnect);
      addresses.tried({ host, port });
      socket.once("data", () => addresses.answered({ host, port }));
      sockets.add(socket);
      socket.once("close", () => {
        sockets.delete(socket);
        closed.abort(CLOSED);
      });
      for (const event of ["connect", "secureConnect", "data"]) {
        socket.on(event, noteActivity);
      }
      watchProduce(socket, noteActivity);
      return socket;
    },
    destroy() {
      destroyed = true;
      // The error makes kafkajs reject the requests that wait on the socket.
      for (const socket of sockets) {
        socket.destroy(new Error("the connection was discarded"));
      }
      sockets.clear();
    },
  };
}

/** Where a socket connects to. */
interface SocketTarget {
  readonly host: string;
  readonly port: number;
  readonly lookup: LookupFunction;
}

function connect(
  { securityProtocol, ca, cert, key }: KafkaOptions,
  target: SocketTarget,
  onConnect: () => void,
): Socket {
  const { host } = target;
  const socket = securityProtocol.endsWith("SSL")
    ? connectTls({
      ...target,
      ...(isIP(host) === 0 ? { servername: host } : {}),
      ...(ca === undefined ? {} : { ca }),
      ...(cert === undefined ? {} : { cert }),
      ...(key === undefined ? {} : { key }),
      rejectUnauthorized: true,
    }, onConnect)
    : connectTcp(target, onConnect);
  socket.setKeepAlive(true, KEEP_ALIVE_MS);
  socket.setNoDelay(true);
  return socket;
}

/** Calls `noteProduce` for each Produce request that is written. */
function watchProduce(socket: Socket, noteProduce: () => void): void {
  const write = socket.write;
  socket.write = function (this: Socket, ...args: Parameters<typeof write>) {
    const [frame] = args;
    if (frame instanceof Uint8Array && isProduce(frame)) noteProduce();
    return write.apply(this, args);
  } as typeof write;
}

function isProduce(frame: Uint8Array): boolean {
  if (frame.length < API_KEY_AT + 2) return false;
  return new DataView(frame.buffer, frame.byteOffset).getInt16(API_KEY_AT) === PRODUCE;
}
