/**
 * The door for whoever asks how the agent stands: a small HTTP server whose
 * every bound is named. `Deno.serve` has none for the time that a request may
 * take and none for connections: 300 half requests held their sockets for as
 * long as we cared to wait, and sockets are what Modbus needs.
 *
 * @module
 */

import type { Clock } from "../../base/clock.ts";
import {
  type HttpAnswer,
  type HttpRequest,
  readHead,
  textAnswer,
  writeAnswer,
} from "./http.ts";

/** No more connections than this are open; a further one is closed at once. */
export const CONNECTIONS_MAX = 16;

/** A request's head is no longer, in bytes. */
export const HEAD_BYTES_MAX = 8 * 1024;

/** From accepting a connection to its end, in ms. */
export const EXCHANGE_MAX_MS = 5_000;

/** The least time between two connections, in ms: a flood must not starve the polls. */
const ACCEPT_GAP_MS = 5;

/** A port that is taken is tried again this often, in ms. */
export const LISTEN_RETRY_MS = 10_000;

/** Where to listen, and what to say. */
export interface ListenerOptions {
  readonly host: string;
  readonly port: number;
  /** Whether a Host that is a DNS name is answered: see {@linkcode readHead}. */
  readonly anyHost: boolean;
  readonly clock: Clock;
  /** Answers a request; what takes long must let the polls have their turn. */
  readonly answer: (request: HttpRequest) => HttpAnswer | Promise<HttpAnswer>;
  /** Told once it listens. */
  readonly onListening: () => void;
  /** Told why it does not listen, at each try. */
  readonly onFault: (detail: string) => void;
}

/** Listens until `signal` aborts; a port that cannot be had is tried again and again. */
export async function runListener(
  options: ListenerOptions,
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
    await clock.sleep(LISTEN_RETRY_MS, signal).catch(() => {}); // the signal's reason
  }
}

/** Answers until `signal` aborts or the listener fails. */
async function serve(
  listener: Deno.TcpListener,
  options: ListenerOptions,
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

/** One request, one answer, the end. A caller that misbehaves is no fault of ours. */
async function exchange(
  connection: Deno.TcpConn,
  options: ListenerOptions,
): Promise<void> {
  const deadline = setTimeout(() => shut(connection), EXCHANGE_MAX_MS);
  try {
    const head = await receiveHead(connection);
    if (head === undefined) return;
    const [answer, method] = await reply(head, options);
    await sendAll(connection, writeAnswer(answer, method));
    await connection.closeWrite();
    await drain(connection);
  } catch {
    // It hung up, or its time was over.
  } finally {
    clearTimeout(deadline);
    shut(connection);
  }
}

async function reply(
  head: string | "too-long",
  { anyHost, answer }: ListenerOptions,
): Promise<readonly [HttpAnswer, "GET" | "HEAD"]> {
  if (head === "too-long") {
    return [textAnswer(431, `A head has ${HEAD_BYTES_MAX} bytes at most`), "GET"];
  }
  const request = readHead(head, anyHost);
  if ("status" in request) return [request, "GET"];
  try {
    return [await answer(request), request.method];
  } catch (error) {
    const detail = error instanceof Error ? error.message : String(error);
    return [textAnswer(500, `A fault in the program: ${detail}`), request.method];
  }
}

/** Everything before the empty line; undefined if the caller hung up before it. */
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

/** Waits for the caller to hang up: closing over unread bytes would reset what was sent. */
async function drain(connection: Deno.TcpConn): Promise<void> {
  const rest = new Uint8Array(HEAD_BYTES_MAX);
  while (await connection.read(rest) !== null);
}

function shut(connection: Deno.TcpConn): void {
  try {
    connection.close();
  } catch {
    // Closed already.
  }
}
