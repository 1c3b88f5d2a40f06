import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { createFakeClock } from "../../testing/fake_clock.ts";
import { SYSTEM_CLOCK } from "../../platform/system_clock.ts";
import { textResponse } from "./messages.ts";
import {
  CONNECTIONS_MAX,
  HEAD_BYTES_MAX,
  LISTEN_RETRY_MS,
  runHttpServer,
} from "./server.ts";

const HEAD = "GET / HTTP/1.1\r\nHost: localhost\r\n";

Deno.test("runHttpServer() answers a request that arrives in single bytes", async () => {
  await listening(async (port) => {
    const socket = await Deno.connect({ port });
    for (const byte of `${HEAD}\r\n`) await send(socket, byte);
    const answer = await readAll(socket);
    ok(answer.startsWith("HTTP/1.1 200 OK\r\n"), answer);
    ok(answer.endsWith("\r\n\r\nhello /\n"), answer);
  });
});

Deno.test("runHttpServer() rejects requests that are too long, not HTTP or not GET", async () => {
  await listening(async (port) => {
    const cases: [string, string][] = [
      [`${HEAD}X: ${"a".repeat(HEAD_BYTES_MAX)}`, "431"],
      ["\x16\x03\x01\x00\xa5\r\n\r\n", "400"],
      ["DELETE / HTTP/1.1\r\nHost: localhost\r\n\r\n", "405"],
      [`${HEAD.replace("localhost", "evil.example")}\r\n`, "421"],
      ["GET /throws HTTP/1.1\r\nHost: localhost\r\n\r\n", "500"],
    ];
    for (const [request, status] of cases) {
      const socket = await Deno.connect({ port });
      await send(socket, request);
      strictEqual((await readAll(socket)).split(" ")[1], status, request.slice(0, 40));
    }
  });
});

Deno.test("runHttpServer() limits open connections and accepts again after one ends", async () => {
  await listening(async (port) => {
    const idle: Deno.TcpConn[] = [];
    for (let at = 0; at < CONNECTIONS_MAX; at++) {
      const socket = await Deno.connect({ port });
      await send(socket, HEAD); // incomplete
      idle.push(socket);
    }
    const refused = await Deno.connect({ port });
    strictEqual(await readAll(refused), "");
    idle.pop()?.close();
    let answer = "";
    for (let turn = 0; turn < 100 && answer === ""; turn++) {
      const socket = await Deno.connect({ port });
      await send(socket, `${HEAD}\r\n`).catch(() => {});
      answer = await readAll(socket);
    }
    ok(answer.startsWith("HTTP/1.1 200 OK\r\n"), answer);
    for (const socket of idle) socket.close();
  });
});

Deno.test("runHttpServer() reports a port in use and retries", async () => {
  const other = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = other.addr;
  const clock = createFakeClock({ wallMs: 0 });
  const stop = new AbortController();
  const faults: string[] = [];
  const listens = Promise.withResolvers<void>();
  const running = runHttpServer({
    host: "127.0.0.1",
    port,
    anyHost: false,
    clock,
    respond: () => textResponse(200, "hello"),
    onListening: listens.resolve,
    onFault: (detail) => void faults.push(detail),
  }, stop.signal);
  strictEqual(faults.length, 1);
  other.close();
  await clock.advance(LISTEN_RETRY_MS);
  await listens.promise;
  stop.abort();
  await running;
  deepStrictEqual(faults.length, 1);
});

/** Runs `use` with a server on a free port. */
async function listening(use: (port: number) => Promise<void>): Promise<void> {
  const probe = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = probe.addr;
  probe.close();
  const stop = new AbortController();
  const listens = Promise.withResolvers<void>();
  const running = runHttpServer({
    host: "127.0.0.1",
    port,
    anyHost: false,
    clock: SYSTEM_CLOCK,
    respond: ({ path }) => {
      if (path === "/throws") throw new Error("a bug");
      return textResponse(200, `hello ${path}`);
    },
    onListening: listens.resolve,
    onFault: (detail) => listens.reject(new Error(detail)),
  }, stop.signal);
  try {
    await listens.promise;
    await use(port);
  } finally {
    stop.abort();
    await running;
  }
}

async function send(socket: Deno.TcpConn, text: string): Promise<void> {
  const bytes = new TextEncoder().encode(text);
  for (let at = 0; at < bytes.length;) at += await socket.write(bytes.subarray(at));
}

/** Reads until the server closes the connection, then closes it. */
async function readAll(socket: Deno.TcpConn): Promise<string> {
  let text = "";
  try {
    const decoder = new TextDecoder();
    const bytes = new Uint8Array(4_096);
    for (;;) {
      const count = await socket.read(bytes);
      if (count === null) return text;
      text += decoder.decode(bytes.subarray(0, count), { stream: true });
    }
  } catch {
    return text; // it was reset
  } finally {
    socket.close();
  }
}
