/** An unreachable address must not accumulate sockets. */

import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { SYSTEM_CLOCK } from "../../src/platform/system_clock.ts";
import { createConnectionOpener } from "../../src/modbus/client.ts";
import { pause } from "../../src/testing/pause.ts";

const NEVER = new AbortController().signal;
const ATTEMPTS = 20;

Deno.test("createConnectionOpener(): an unreachable address uses one socket for any number of attempts, and is connected once it is back", async () => {
  const hostname = "127.7.250.1";
  // The queue of connections is full: the kernel drops every further SYN.
  let listener = Deno.listen({ hostname, port: 0, tcpBacklog: 1 });
  const { port } = listener.addr;
  const over = new AbortController();
  const fillers = Array.from(
    { length: 4 },
    () => Deno.connect({ hostname, port, signal: over.signal }).catch(() => undefined),
  );
  const open = createConnectionOpener(SYSTEM_CLOCK);
  const target = { ip: hostname, port, connectTimeoutMs: 50 };
  await pause(200);
  const before = descriptors();
  for (let nth = 0; nth < ATTEMPTS; nth++) {
    const opened = await open(target, NEVER);
    deepStrictEqual(opened, {
      ok: false,
      fault: { kind: "unreachable", address: `${hostname}:${port}`, why: "timeout" },
    });
  }
  ok(descriptors() - before <= 1, `${descriptors() - before} additional sockets`);

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
