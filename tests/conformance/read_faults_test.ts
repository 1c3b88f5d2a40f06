/**
 * Error messages and exit codes of `read` if there is no valid answer, over TCP.
 */

import { ok, strictEqual } from "node:assert/strict";
import { METER } from "../../src/testing/devices/devices.ts";
import { startPymodbus } from "../../src/testing/devices/pymodbus.ts";
import {
  answerTo,
  type RawConnection,
  startRawPeer,
} from "../../src/testing/devices/raw_peer.ts";
import type { CommandOutput } from "../../src/testing/command_output.ts";
import { runRead } from "../../src/testing/devices/read_device.ts";
import { pause } from "../../src/testing/pause.ts";

Deno.test("read: the port is closed", async () => {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr;
  listener.close();
  assertFailed(
    await runRead({ port }),
    /127\.0\.0\.1:\d+: .*refused.*another client/,
    69,
  );
});

Deno.test("read: the unit does not exist", async () => {
  await withMeter(async (port) => {
    assertFailed(
      await runRead({ port, unitId: 7 }),
      /No device at unit 7 \(Modbus exception 0x0B\)\. Try: scan 127\.0\.0\.1 --ports \d+ --all-units/,
      69,
    );
  });
});

Deno.test("read: there is no marker at the given base", async () => {
  await withMeter(async (port) => {
    const run = await runRead({ port, unitId: METER.unitId, base: 40_000 });
    assertFailed(run, /SunS marker was not found: at 40000 exception 0x02/);
  });
});

Deno.test("read: the human-readable output", async () => {
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

Deno.test("read: an unresponsive peer costs one deadline per base", async () => {
  await withPeer(async (connection) => {
    await connection.request();
    await pause(1_000);
  }, async (port) => {
    const startMs = performance.now();
    const run = await runRead({ port, timeoutMs: 100 });
    assertFailed(run, /SunS marker: no response within 100 ms.*unit id/, 69);
    ok(performance.now() - startMs < 15_000);
  });
});

Deno.test("read: the peer uses a foreign protocol", async () => {
  await withPeer(
    async (connection) => {
      await connection.request();
      await connection.send(new TextEncoder().encode("220 mail.example ESMTP\r\n"));
      await pause(200);
    },
    async (port) =>
      assertFailed(await runRead({ port }), /service other than Modbus TCP/),
  );
});

Deno.test("read: an endless chain ends in bounded time and returns the models found", async () => {
  const suns = [0x5375, 0x6e53];
  await withPeer(async (connection) => {
    for (let served = 0; served < 100_000; served++) {
      const request = await connection.request();
      if (request === undefined) return;
      // Every model is a vendor model of length 2.
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
    assertFailed(await runRead({ port, timeoutMs: 60_000 }, signal), /interrupted/);
    ok(performance.now() - startMs < 10_000);
  });
});

/** Asserts that `read` failed with `words`; 69 = no response, 1 = an unusable response. */
function assertFailed(run: CommandOutput, words: RegExp, code: 1 | 69 = 1): void {
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
