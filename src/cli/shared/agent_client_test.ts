import { deepStrictEqual, match, strictEqual } from "node:assert/strict";
import { AGENT_STATUS } from "../../testing/agent/agent_status.ts";
import { freePorts } from "../../testing/network/free_ports.ts";
import { SYSTEM_CLOCK } from "../../platform/system_clock.ts";
import { runListener } from "../../observability/http/listener.ts";
import { createRoutes } from "../../observability/http/routes.ts";
import { askAgent } from "./agent_client.ts";

const NEVER = new AbortController().signal;

Deno.test("askAgent() gets what the agent tells, with a path and without", async () => {
  const [port = 0] = freePorts(1);
  const stop = new AbortController();
  const running = runListener({
    host: "127.0.0.1",
    port,
    anyHost: false,
    clock: SYSTEM_CLOCK,
    answer: createRoutes({
      status: () => AGENT_STATUS,
      metrics: () => Promise.resolve(""),
      nowMs: () => 0,
    }),
    onListening() {},
    onFault(detail) {
      throw new Error(detail);
    },
  }, stop.signal);
  for (const path of ["", "/", "/status"]) {
    const asked = await askAgent(`http://127.0.0.1:${port}${path}`, NEVER);
    deepStrictEqual(asked, { ok: true, value: AGENT_STATUS });
  }
  const other = await askAgent(`http://127.0.0.1:${port}/healthz`, NEVER);
  strictEqual(!other.ok && other.fault.kind, "stranger");
  stop.abort();
  await running;
  const silent = await askAgent(`http://127.0.0.1:${port}`, NEVER);
  strictEqual(!silent.ok && silent.fault.kind, "silent");
});

Deno.test("askAgent() says in words that an address is none", async () => {
  const asked = await askAgent("localhost 9464", NEVER);
  match(asked.ok ? "" : asked.fault.detail, /^No agent answers at localhost 9464: /);
});
