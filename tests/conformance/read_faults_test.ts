/**
 * What `read` says and how it ends where there is no answer, over real TCP.
 */

import { ok, strictEqual } from "node:assert/strict";
import { METER } from "../../src/testing/devices/devices.ts";
import { startPymodbus } from "../../src/testing/devices/pymodbus.ts";
import {
  answerTo,
  pause,
  type RawConnection,
  startRawPeer,
} from "../../src/testing/devices/raw_peer.ts";
import { type ReadRun, runRead } from "../../src/testing/devices/read_device.ts";

Deno.test("read: nobody listens", async () => {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr;
  listener.close();
  says(await runRead({ port }), /127\.0\.0\.1:\d+: .*refused.*another client/, 69);
});

Deno.test("read: the unit is not there", async () => {
  await withMeter(async (port) => {
    says(await runRead({ port, unitId: 7 }), /exception 0x0B: unit 7 is not there/, 69);
  });
});

Deno.test("read: no marker at the base that was asked for", async () => {
  await withMeter(async (port) => {
    const run = await runRead({ port, unitId: METER.unitId, base: 40_000 });
    says(run, /SunS marker is not there: at 40000 exception 0x02/);
  });
});

Deno.test("read: a listing for people", async () => {
  await withMeter(async (port) => {
    const { code, stdout } = await runRead({ port, unitId: METER.unitId, json: false });
    strictEqual(code, 0);
    for (
      const words of [/^Example Works EM-3, serial M7/, /W +-7000 W\n/, /PF +0\.99/]
    ) {
      ok(words.test(stdout), stdout);
    }
  });
});

Deno.test("read: a peer that accepts and is silent costs a deadline a base", async () => {
  await withPeer(async (connection) => {
    await connection.request();
    await pause(1_000);
  }, async (port) => {
    const startMs = performance.now();
    const run = await runRead({ port, timeoutMs: 100 });
    says(run, /SunS marker: no answer within 100 ms.*unit id/, 69);
    ok(performance.now() - startMs < 1_500);
  });
});

Deno.test("read: a peer that speaks another protocol", async () => {
  await withPeer(async (connection) => {
    await connection.request();
    await connection.send(new TextEncoder().encode("220 mail.example ESMTP\r\n"));
    await pause(200);
  }, async (port) => says(await runRead({ port }), /something else than Modbus TCP/));
});

Deno.test("read: an endless chain ends in bounded time, with what was found", async () => {
  const suns = [0x5375, 0x6e53];
  await withPeer(async (connection) => {
    for (let served = 0; served < 100_000; served++) {
      const request = await connection.request();
      if (request === undefined) return;
      // Every model is a vendor's of length 2, for ever.
      const register = (address: number): number =>
        address < 40_002
          ? suns[address - 40_000] ?? 0
          : (address - 40_002) % 4 === 0
          ? 64_001
          : 2;
      if (!await connection.send(answerTo(request, {}, register))) return;
    }
  }, async (port) => {
    const { code, stdout, stderr } = await runRead({ port });
    strictEqual(code, 0, stderr);
    const { models } = JSON.parse(stdout);
    ok(models.length > 10 && models.length < 1_000, `${models.length} models`);
  });
});

Deno.test("read: an interrupt ends it at once", async () => {
  await withPeer(async (connection) => {
    await connection.request();
    await pause(500);
  }, async (port) => {
    const startMs = performance.now();
    const signal = AbortSignal.timeout(50);
    says(await runRead({ port, timeoutMs: 60_000 }, signal), /interrupted/);
    ok(performance.now() - startMs < 1_000);
  });
});

/** The read failed with `words`; 69 = nobody answered, 1 = it answered and is no use. */
function says(run: ReadRun, words: RegExp, code: 1 | 69 = 1): void {
  strictEqual(run.code, code);
  strictEqual(run.stdout, "");
  ok(words.test(run.stderr), run.stderr);
}

async function withMeter(use: (port: number) => Promise<void>): Promise<void> {
  const path = await Deno.makeTempFile({ suffix: ".json" });
  await Deno.writeTextFile(path, JSON.stringify(METER));
  const server = await startPymodbus({ units: { [METER.unitId]: path } });
  try {
    await use(server.port);
  } finally {
    strictEqual(await server.close(), "");
    await Deno.remove(path);
  }
}

async function withPeer(
  behave: (connection: RawConnection) => Promise<void>,
  use: (port: number) => Promise<void>,
): Promise<void> {
  const peer = startRawPeer(behave);
  try {
    await use(peer.port);
  } finally {
    await peer.close();
  }
}
