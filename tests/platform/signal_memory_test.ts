/** A signal that lives for the whole program must not keep anything of an operation. */

import { ok, strictEqual } from "node:assert/strict";
import { setUpDeno } from "../../scripts/package/compile_runtime.ts";
import { createConnectionOpener } from "../../src/modbus/client.ts";
import { createTcpPool } from "../../src/modbus/tcp_pool.ts";
import { SYSTEM_CLOCK, SYSTEM_RANDOM } from "../../src/platform/system_clock.ts";
import { createCountedSignal } from "../../src/testing/counted_signal.ts";
import { PROJECT_ROOT } from "../../src/testing/project_root.ts";
import { createKafkaUplink } from "../../src/uplink/kafka/kafka_uplink.ts";
import { makeRows } from "../../src/testing/uplink/rows.ts";
import type { Growth } from "./signal_memory.ts";

const OPERATIONS = 50;
/** kafkajs takes 1.5 s until it reports a refused connection. */
const FAILED_SENDS = 2;
const BYTES_MAX = 10;
/** The least that a leak leaves, in bytes per operation: detected by the measurement. */
const LEAK_BYTES_MIN = 25;

Deno.test("200,000 linked signals and 5,000 connects leave the heap flat", async () => {
  for (const kind of ["lts", "fallback"] as const) {
    const growth = await measureGrowth(await setUpDeno(kind));
    const text = `${kind}: ${JSON.stringify(growth)}`;
    ok(growth.linkSignals < BYTES_MAX, text);
    ok(growth.connect < BYTES_MAX, text);
    // Without a runtime that leaks, AbortSignal.any() can replace linkSignals().
    if (kind === "fallback") ok(growth.abortSignalAny > LEAK_BYTES_MIN, text);
  }
});

async function measureGrowth(deno: string): Promise<Growth> {
  const program = new URL("./signal_memory.ts", import.meta.url).pathname;
  const { stdout, success } = await new Deno.Command(deno, {
    args: ["run", "-A", "--v8-flags=--expose-gc", program],
    cwd: PROJECT_ROOT,
    stderr: "inherit",
  }).output();
  ok(success);
  return JSON.parse(new TextDecoder().decode(stdout));
}

Deno.test("a connect removes its listeners: connected, refused, timed out and by name", async () => {
  const hostname = "127.7.250.2";
  const listener = Deno.listen({ hostname, port: 0 });
  const { port } = listener.addr;
  const stop = createCountedSignal();
  const open = createConnectionOpener(SYSTEM_CLOCK);
  const target = { ip: hostname, port, connectTimeoutMs: 5_000 };
  for (let nth = 0; nth < OPERATIONS; nth++) {
    const opened = await open(target, stop.signal);
    ok(opened.ok);
    opened.value.destroy();
    (await listener.accept()).close();
  }
  strictEqual(stop.added, OPERATIONS);
  strictEqual(stop.listeners, 0);
  const pool = createTcpPool(SYSTEM_CLOCK, SYSTEM_RANDOM);
  const local = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const handle = pool.acquire({
    host: "localhost",
    port: local.addr.port,
    connectTimeoutMs: 5_000,
    gapMs: 0,
  });
  for (let nth = 0; nth < OPERATIONS; nth++) {
    ok((await handle.session.connect(stop.signal)).ok);
    (await local.accept()).close();
    await handle.session.disconnect();
  }
  handle.release();
  local.close();
  listener.close();
  ok(stop.added >= 2 * OPERATIONS);
  strictEqual(stop.listeners, 0);
  for (let nth = 0; nth < OPERATIONS; nth++) {
    strictEqual((await open(target, stop.signal)).ok, false);
  }
  strictEqual(stop.listeners, 0);
  // The queue of connections is full: the kernel drops every further SYN.
  const full = Deno.listen({ hostname, port: 0, tcpBacklog: 1 });
  const slow = { ip: hostname, port: full.addr.port, connectTimeoutMs: 20 };
  const fillers = [];
  for (let nth = 0; nth < 8; nth++) {
    const opened = await open(slow, stop.signal);
    if (opened.ok) fillers.push(opened.value);
    else {strictEqual(
        opened.fault.kind === "unreachable" && opened.fault.why,
        "timeout",
      );}
  }
  ok(fillers.length < 8, "the fault was not injected: every connect succeeded");
  strictEqual(stop.listeners, 0);
  for (const filler of fillers) filler.destroy();
  full.close();
});

Deno.test("a send that fails removes its listeners", async () => {
  const closed = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = closed.addr;
  closed.close();
  const stop = createCountedSignal();
  const uplink = createKafkaUplink({
    brokers: [`127.0.0.1:${port}`],
    clientId: "test",
    securityProtocol: "PLAINTEXT",
    messageTimeoutMs: 2_000,
  }, () => {});
  for (let nth = 0; nth < FAILED_SENDS; nth++) {
    const sent = await uplink.send(makeRows("t", 1), stop.signal);
    strictEqual(sent.ok, false);
  }
  ok(stop.added >= FAILED_SENDS);
  strictEqual(stop.listeners, 0);
  await uplink.close();
});
