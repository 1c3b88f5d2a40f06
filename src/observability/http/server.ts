/**
 * HTTP server of the agent with limits for connections, request size and time.
 *
 * `Deno.serve` has no limits for connections and time: 300 incomplete requests kept
 * their sockets open for as long as the test ran. `node:http` of Deno 2.6.10 ignores
 * `headersTimeout`, `requestTimeout`, `maxConnections` and `maxHeaderSize` (measured,
 * docs/decisions/packages.md). Modbus needs the sockets.
 *
 * @module
 */

import type { Clock } from "../../base/clock.ts";
import {
  type HttpRequest,
  type HttpResponse,
  parseRequestHead,
  serialiseResponse,
  textResponse,
} from "./messages.ts";

/** Maximum number of open connections; a further one is closed at once. */
export const CONNECTIONS_MAX = 16;

/** Maximum size of the head of a request, in bytes. */
export const HEAD_BYTES_MAX = 8 * 1024;

/** Time limit of a connection, from accept to close, in ms. */
export const EXCHANGE_MAX_MS = 5_000;

/** Minimum time between two accepted connections, in ms: a flood must not delay polls. */
const ACCEPT_GAP_MS = 5;

/** Interval of attempts to listen on a port that is in use, in ms. */
export const LISTEN_RETRY_MS = 10_000;

/** Options of the server. */
export interface HttpServerOptions {
  readonly host: string;
  readonly port: number;
  /** True to accept a DNS name as Host, see {@linkcode parseRequestHead}. */
  readonly anyHost: boolean;
  readonly clock: Clock;
  /** Makes the response; a long computation must yield to the event loop, so that polls are not delayed. */
  readonly respond: (request: HttpRequest) => HttpResponse | Promise<HttpResponse>;
  /** Called once the server is listening. */
  readonly onListening: () => void;
  /** Called with the reason each time an attempt to listen fails. */
  readonly onFault: (detail: string) => void;
}

/** Serves until `signal` aborts; if the port is in use, listening is retried. */
export async function runHttpServer(
  options: HttpServerOptions,
  signal: AbortSignal,
): Promise<void> {
  const { host, port, clock } = options;
  while (!signal.aborted) {
    try {
      const listener = Deno.listen({ hostname: host, port });
      options.onListening();
      await serve(listener, options, signal);
    } catch (error) {
      if (signal.aborted) return;
      options.onFault(error instanceof Error ? error.message : String(error));
    }
    await clock.sleep(LISTEN_RETRY_MS, signal).catch(() => {}); // aborted
  }
}

/** Accepts connections until `signal` aborts or the listener fails. */
async function serve(
  listener: Deno.TcpListener,
  options: HttpServerOptions,
  signal: AbortSignal,
): Promise<void> {
  const open = new Set<Deno.TcpConn>();
  const close = (): void => {
    listener.close();
    for (const connection of open) shut(connection);
  };
  signal.addEventListener("abort", close, { once: true });
  try {
    for (;;) {
      const connection = await listener.accept();
      if (open.size >= CONNECTIONS_MAX) shut(connection);
      else {
        open.add(connection);
        void exchange(connection, options).finally(() => open.delete(connection));
      }
      await options.clock.sleep(ACCEPT_GAP_MS, signal);
    }
  } finally {
    signal.removeEventListener("abort", close);
    if (!signal.aborted) close();
  }
}

/** Handles one connection: one request, one response, close. Errors of the client are ignored. */
async function exchange(
  connection: Deno.TcpConn,
  options: HttpServerOptions,
): Promise<void> {
  const deadline = setTimeout(() => shut(connection), EXCHANGE_MAX_MS);
  try {
    const head = await receiveHead(connection);
    if (head === undefined) return;
    const [response, method] = await respondTo(head, options);
    await sendAll(connection, serialiseResponse(response, method));
    await connection.closeWrite();
    await drain(connection);
  } catch {
    // The client closed the connection, or the time limit was reached.
  } finally {
    clearTimeout(deadline);
    shut(connection);
  }
}

async function respondTo(
  head: string | "too-long",
  { anyHost, respond }: HttpServerOptions,
): Promise<readonly [HttpResponse, "GET" | "HEAD"]> {
  if (head === "too-long") {
    return [
      textResponse(431, `Request head too large, the limit is ${HEAD_BYTES_MAX} bytes`),
      "GET",
    ];
  }
  const request = parseRequestHead(head, anyHost);
  if ("status" in request) return [request, "GET"];
  try {
    return [await respond(request), request.method];
  } catch (error) {
    const detail = error instanceof Error ? error.message : String(error);
    return [textResponse(500, `Internal error: ${detail}`), request.method];
  }
}

/** Everything before the empty line; undefined if the client closes the connection before it. */
async function receiveHead(
  connection: Deno.TcpConn,
): Promise<string | "too-long" | undefined> {
  const buffer = new Uint8Array(HEAD_BYTES_MAX);
  let length = 0;
  while (length < buffer.length) {
    const count = await connection.read(buffer.subarray(length));
    if (count === null) return undefined;
    length += count;
    const text = new TextDecoder("latin1").decode(buffer.subarray(0, length));
    const end = text.search(/\r?\n\r?\n/);
    if (end >= 0) return text.slice(0, end);
  }
  return "too-long";
}

async function sendAll(connection: Deno.TcpConn, bytes: Uint8Array): Promise<void> {
  for (let at = 0; at < bytes.length;) at += await connection.write(bytes.subarray(at));
}

/** Reads until the client closes: closing with unread bytes would reset the connection and lose the response. */
async function drain(connection: Deno.TcpConn): Promise<void> {
  const rest = new Uint8Array(HEAD_BYTES_MAX);
  while (await connection.read(rest) !== null);
}

function shut(connection: Deno.TcpConn): void {
  try {
    connection.close();
  } catch {
    // Already closed.
  }
}
