/** A device that is dark for long must not cost more and more sockets. */

import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { SYSTEM_CLOCK } from "../../src/platform/system_clock.ts";
import { createLinkOpener } from "../../src/modbus/client.ts";

const NEVER = new AbortController().signal;
const TRIES = 20;

Deno.test("a dark address costs one socket however often it is tried, and is found when it is back", async () => {
  const hostname = "127.7.250.1";
  // The queue of connections is full: the kernel drops every further SYN.
  let listener = Deno.listen({ hostname, port: 0, tcpBacklog: 1 });
  const { port } = listener.addr;
  const over = new AbortController();
  const fillers = Array.from(
    { length: 4 },
    () => Deno.connect({ hostname, port, signal: over.signal }).catch(() => undefined),
  );
  const open = createLinkOpener(SYSTEM_CLOCK);
  const target = { ip: hostname, port, connectTimeoutMs: 50 };
  await pause(200);
  const before = descriptors();
  for (let nth = 0; nth < TRIES; nth++) {
    const opened = await open(target, NEVER);
    deepStrictEqual(opened, {
      ok: false,
      fault: { kind: "unreachable", address: `${hostname}:${port}`, why: "timeout" },
    });
  }
  ok(descriptors() - before <= 1, `${descriptors() - before} sockets more`);

  const abort = new AbortController();
  const opening = open({ ...target, connectTimeoutMs: 5_000 }, abort.signal);
  abort.abort(new Error("not now"));
  strictEqual(await opening.catch((error) => error.message), "not now");

  over.abort();
  for (const filler of await Promise.all(fillers)) filler?.close();
  listener.close();
  const refused = await open(target, NEVER);
  ok(!refused.ok && refused.fault.kind === "unreachable");
  strictEqual(refused.fault.why, "refused");

  listener = Deno.listen({ hostname, port });
  const link = await open(target, NEVER);
  ok(link.ok && link.value.alive);
  link.value.destroy();
  listener.close();
});

function descriptors(): number {
  return [...Deno.readDirSync("/proc/self/fd")].length;
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
