import { deepStrictEqual, match, strictEqual } from "node:assert/strict";
import { AGENT_STATUS } from "../../testing/agent/agent_status.ts";
import { freePorts } from "../../testing/network/free_ports.ts";
import { SYSTEM_CLOCK } from "../../platform/system_clock.ts";
import { runHttpServer } from "../../observability/http/server.ts";
import { createRoutes } from "../../observability/http/routes.ts";
import { fetchAgentStatus } from "./agent_client.ts";

const NEVER = new AbortController().signal;

Deno.test("fetchAgentStatus() returns the status for a URL with or without a path", async () => {
  const [port = 0] = freePorts(1);
  const stop = new AbortController();
  const running = runHttpServer({
    host: "127.0.0.1",
    port,
    anyHost: false,
    clock: SYSTEM_CLOCK,
    respond: createRoutes({
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
    const fetched = await fetchAgentStatus(`http://127.0.0.1:${port}${path}`, NEVER);
    deepStrictEqual(fetched, { ok: true, value: AGENT_STATUS });
  }
  const other = await fetchAgentStatus(`http://127.0.0.1:${port}/healthz`, NEVER);
  strictEqual(!other.ok && other.fault.kind, "foreign");
  stop.abort();
  await running;
  const silent = await fetchAgentStatus(`http://127.0.0.1:${port}`, NEVER);
  strictEqual(!silent.ok && silent.fault.kind, "no-answer");
  strictEqual(
    !silent.ok && silent.fault.detail,
    `Agent not running (nothing listens on 127.0.0.1:${port}). ` +
      "Check: systemctl status sunspec-collector",
  );
});

Deno.test("fetchAgentStatus() rejects an invalid URL", async () => {
  const fetched = await fetchAgentStatus("localhost 9464", NEVER);
  match(
    fetched.ok ? "" : fetched.fault.detail,
    /^"localhost 9464" is not a URL; expected http:/,
  );
});
