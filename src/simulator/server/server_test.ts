import { deepStrictEqual, ok, rejects, strictEqual } from "node:assert/strict";
import type { DeviceImage } from "../device_image.ts";
import { type ServerOptions, type SimulatorServer, startServer } from "./server.ts";
import type { ServerFault } from "./server_faults.ts";

const IMAGE: DeviceImage = {
  base: 100,
  registers: Uint16Array.of(0x5375, 0x6e53, 3, 4, 5, 6, 7, 8),
  unreadable: [{ address: 104, count: 1 }],
};

Deno.test("startServer() answers a read with the registers and counts it", async () => {
  await serving({}, async (server, client) => {
    await client.send(read(7, 1, 3, 100, 3));
    deepStrictEqual(
      await client.bytes(15),
      [0, 7, 0, 0, 0, 9, 1, 3, 6, 0x53, 0x75, 0x6e, 0x53, 0, 3],
    );
    await client.send(read(8, 1, 4, 105, 1));
    deepStrictEqual(await client.bytes(11), [0, 8, 0, 0, 0, 5, 1, 4, 2, 0, 6]);
    strictEqual(server.stats.requests, 2);
    strictEqual(server.stats.answers, 2);
    deepStrictEqual([...server.stats.byUnit], [[1, 2]]);
  });
});

Deno.test("startServer() answers an invalid read with the exception that Modbus defines", async () => {
  const small = { ...IMAGE, functionCode: 3, registersPerReadMax: 4 } as const;
  await serving({ units: new Map([[1, small]]) }, async (server, client) => {
    const cases: [name: string, request: Uint8Array, code: number][] = [
      ["a function that writes", read(1, 1, 6, 100, 1), 1],
      ["the other table", read(1, 1, 4, 100, 1), 1],
      ["below the image", read(1, 1, 3, 99, 1), 2],
      ["beyond the image", read(1, 1, 3, 107, 2), 2],
      ["beyond the last address", read(1, 1, 3, 65535, 2), 2],
      ["an unreadable register", read(1, 1, 3, 103, 2), 2],
      ["no registers", read(1, 1, 3, 100, 0), 3],
      ["more than the device's limit", read(1, 1, 3, 100, 5), 3],
      ["more than Modbus allows", read(1, 1, 3, 100, 126), 3],
      ["a read with a byte too many", frame(1, 1, [3, 0, 100, 0, 1, 0]), 3],
      ["an absent unit", read(1, 9, 3, 100, 1), 0x0b],
    ];
    for (const [name, request, code] of cases) {
      await client.send(request);
      const answer = await client.bytes(9);
      strictEqual(answer[8], code, name);
      strictEqual(answer[7], (request[7] ?? 0) | 0x80, name);
    }
    strictEqual(server.stats.exceptions, cases.length);
  });
});

Deno.test("startServer() answers split and pipelined requests in order", async () => {
  await serving({}, async (server, client) => {
    for (const byte of read(1, 1, 3, 100, 1)) {
      await client.send(Uint8Array.of(byte));
      await sleep(1);
    }
    deepStrictEqual((await client.bytes(11)).slice(0, 2), [0, 1]);
    const burst = [2, 3, 4, 5].flatMap((id) => [...read(id, 1, 3, 100, 1)]);
    await client.send(Uint8Array.from(burst));
    const answers = await client.bytes(44);
    deepStrictEqual([0, 11, 22, 33].map((at) => answers[at + 1]), [2, 3, 4, 5]);
    strictEqual(server.stats.requests, 5);
  });
});

Deno.test("startServer() serves two clients and two units independently", async () => {
  const other: DeviceImage = { base: 0, registers: Uint16Array.of(42) };
  const units = new Map([[1, IMAGE], [2, other]]);
  await serving({ units }, async (server, first) => {
    const second = await connect(server.port);
    await Promise.all([
      first.send(read(1, 1, 3, 102, 1)),
      second.send(read(2, 2, 3, 0, 1)),
    ]);
    deepStrictEqual((await first.bytes(11)).slice(9), [0, 3]);
    deepStrictEqual((await second.bytes(11)).slice(9), [0, 42]);
    strictEqual(server.stats.sessionsOpen, 2);
    second.close();
  });
});

Deno.test("before() can change registers between two requests", async () => {
  const image: DeviceImage = {
    base: 0,
    registers: Uint16Array.of(1),
    before: () => void (image.registers[0] = (image.registers[0] ?? 0) + 1),
  };
  await serving({ units: new Map([[1, image]]) }, async (_server, client) => {
    for (const expected of [2, 3]) {
      await client.send(read(1, 1, 3, 0, 1));
      strictEqual((await client.bytes(11))[10], expected);
    }
  });
});

Deno.test("startServer() closes only the connection that sends something that is not Modbus", async () => {
  await serving({}, async (server, client) => {
    await client.send(new TextEncoder().encode("GET / HTTP/1.1\r\n\r\n"));
    ok(await client.ended());
    strictEqual(server.stats.malformed, 1);
    const next = await connect(server.port);
    await next.send(read(1, 1, 3, 100, 1));
    strictEqual((await next.bytes(11)).length, 11);
    next.close();
  });
});

Deno.test("startServer() rejects a client above the session limit", async () => {
  await serving({ sessionsMax: 1 }, async (server, client) => {
    await client.send(read(1, 1, 3, 100, 1));
    await client.bytes(11); // the first client is connected
    const second = await connect(server.port);
    ok(await second.ended());
    strictEqual(server.stats.sessionsRefused, 1);
    server.limitSessions(2);
    const third = await connect(server.port);
    await third.send(read(1, 1, 3, 100, 1));
    strictEqual((await third.bytes(11)).length, 11);
    second.close();
    third.close();
  });
});

/** Response to a read of register 102 (value 3) for each fault; null = none. */
const FAULT_RESPONSES: [fault: ServerFault, bytes: number[] | null][] = [
  [{ kind: "exception", code: 4 }, [0, 7, 0, 0, 0, 3, 1, 0x83, 4]],
  [{ kind: "wrong-transaction" }, [0, 8, 0, 0, 0, 5, 1, 3, 2, 0, 3]],
  [{ kind: "wrong-unit" }, [0, 7, 0, 0, 0, 5, 2, 3, 2, 0, 3]],
  [{ kind: "wrong-function" }, [0, 7, 0, 0, 0, 5, 1, 4, 2, 0, 3]],
  [{ kind: "short-answer" }, [0, 7, 0, 0, 0, 3, 1, 3, 0]],
  [{ kind: "truncated-frame" }, [0, 7, 0, 0, 0, 5, 1, 3, 2, 0]],
  [{ kind: "dribble", pieceBytes: 2, pauseMs: 1 }, [0, 7, 0, 0, 0, 5, 1, 3, 2, 0, 3]],
  [{ kind: "delay", delayMs: 20 }, [0, 7, 0, 0, 0, 5, 1, 3, 2, 0, 3]],
  [{ kind: "silent" }, null],
];

for (const [fault, expected] of FAULT_RESPONSES) {
  Deno.test(`the fault "${fault.kind}" fires once, is counted, and the next response is correct`, async () => {
    await serving({}, async (server, client) => {
      const injected = server.inject({ fault, unitId: 1, times: 1 });
      const startedMs = performance.now();
      await client.send(read(7, 1, 3, 102, 1));
      if (expected !== null) {
        deepStrictEqual(await client.bytes(expected.length), expected);
      }
      if (fault.kind === "delay") {
        ok(performance.now() - startedMs >= fault.delayMs - 1);
      }
      await client.send(read(9, 1, 3, 102, 1));
      // Also proves that the first request got no further bytes.
      deepStrictEqual(await client.bytes(11), [0, 9, 0, 0, 0, 5, 1, 3, 2, 0, 3]);
      strictEqual(injected.fired, 1);
      strictEqual(server.stats.faults, 1);
    });
  });
}

Deno.test('the fault "drop" closes the connection without a response', async () => {
  await serving({}, async (server, client) => {
    const injected = server.inject({ fault: { kind: "drop" } });
    await client.send(read(1, 1, 3, 100, 1));
    ok(await client.ended());
    strictEqual(injected.fired, 1);
    injected.remove();
    const next = await connect(server.port);
    await next.send(read(1, 1, 3, 100, 1));
    strictEqual((await next.bytes(11)).length, 11);
    next.close();
  });
});

Deno.test("a fault fires only for its unit and register", async () => {
  const units = new Map([[1, IMAGE], [2, IMAGE]]);
  await serving({ units }, async (server, client) => {
    const busy = { kind: "exception", code: 6 } as const;
    const injected = server.inject({ fault: busy, unitId: 2, touching: 102 });
    for (const [unit, address] of [[1, 102], [2, 100]] as const) {
      await client.send(read(1, unit, 3, address, 2));
      strictEqual((await client.bytes(13))[7], 3);
    }
    await client.send(read(1, 2, 3, 101, 2));
    strictEqual((await client.bytes(9))[8], 6);
    strictEqual(injected.fired, 1);
  });
});

Deno.test("a fault with a share fires for that share of the requests", async () => {
  await serving({}, async (server, client) => {
    const injected = server.inject({
      fault: { kind: "exception", code: 6 },
      share: 0.3,
    });
    let refused = 0;
    for (let at = 0; at < 200; at++) {
      await client.send(read(1, 1, 3, 100, 1));
      const answer = await client.bytes(9);
      if ((answer[7] ?? 0) > 0x80) refused++;
      else await client.bytes(2);
    }
    strictEqual(injected.fired, refused);
    ok(refused > 40 && refused < 80, `${refused} of 200`);
  });
});

Deno.test("closeAfter() closes each connection after a number of responses", async () => {
  await serving({}, async (server, client) => {
    server.closeAfter(2);
    for (let at = 0; at < 2; at++) {
      await client.send(read(1, 1, 3, 100, 1));
      strictEqual((await client.bytes(11)).length, 11);
    }
    ok(await client.ended());
    const next = await connect(server.port);
    await next.send(read(1, 1, 3, 100, 1));
    strictEqual((await next.bytes(11)).length, 11);
    next.close();
  });
});

Deno.test("sleep() stops listening, wake() listens on the same port again", async () => {
  await serving({}, async (server, client) => {
    await client.send(read(1, 1, 3, 100, 1));
    await client.bytes(11); // it is connected
    server.sleep();
    server.sleep();
    ok(await client.ended());
    await rejects(() => connect(server.port), Deno.errors.ConnectionRefused);
    ok(server.wake());
    ok(server.wake());
    const next = await connect(server.port);
    await next.send(read(1, 1, 3, 100, 1));
    strictEqual((await next.bytes(11)).length, 11);
    next.close();
    server.sleep();
  });
});

Deno.test("close() disconnects clients during a delay and is idempotent", async () => {
  await serving({}, async (server, client) => {
    server.inject({ fault: { kind: "delay", delayMs: 60_000 } });
    await client.send(read(1, 1, 3, 100, 1));
    while (server.stats.faults === 0) await sleep(1);
    await Promise.all([server.close(), server.close()]);
    ok(await client.ended());
    strictEqual(server.stats.sessionsOpen, 0);
  });
});

interface Client {
  send(bytes: Uint8Array): Promise<void>;
  /** Reads `count` bytes; rejects if the connection ends earlier. */
  bytes(count: number): Promise<number[]>;
  /** Whether the connection ends without a further byte. */
  ended(): Promise<boolean>;
  close(): void;
}

async function connect(port: number): Promise<Client> {
  const connection = await Deno.connect({ hostname: "127.0.0.1", port });
  return {
    send: async (bytes) => void await connection.write(bytes),
    async bytes(count) {
      const got = new Uint8Array(count);
      for (let at = 0; at < count;) {
        const more = await connection.read(got.subarray(at));
        if (more === null) throw new Error(`ended after ${at} of ${count} bytes`);
        at += more;
      }
      return [...got];
    },
    async ended() {
      try {
        return await connection.read(new Uint8Array(1)) === null;
      } catch (thrown) {
        return thrown instanceof Deno.errors.ConnectionReset;
      }
    },
    close: () => connection.close(),
  };
}

async function serving(
  options: Partial<ServerOptions>,
  body: (server: SimulatorServer, client: Client) => Promise<void>,
): Promise<void> {
  const server = startServer({ units: new Map([[1, IMAGE]]), ...options });
  const client = await connect(server.port);
  try {
    await body(server, client);
  } finally {
    client.close();
    await server.close();
  }
}

function read(
  id: number,
  unit: number,
  functionCode: number,
  address: number,
  count: number,
): Uint8Array {
  return frame(id, unit, [
    functionCode,
    address >> 8,
    address & 0xff,
    count >> 8,
    count & 0xff,
  ]);
}

function frame(id: number, unit: number, pdu: readonly number[]): Uint8Array {
  return Uint8Array.of(0, id, 0, 0, 0, pdu.length + 1, unit, ...pdu);
}

function sleep(durationMs: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, durationMs));
}
