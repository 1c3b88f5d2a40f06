import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import fc from "fast-check";
import { INVERTER, METER } from "../testing/devices/devices.ts";
import { createFakeReader, type FakeReader } from "../testing/devices/fake_reader.ts";
import type { ModbusFault } from "../modbus/faults.ts";
import {
  describeDiscoveryFault,
  discoverDevice,
  type ProbeOptions,
  STANDARD_BASES,
} from "./probe.ts";

const NEVER = new AbortController().signal;
const TIMEOUT: ModbusFault = { kind: "timeout", elapsedMs: 1_000 };

Deno.test("discoverDevice() finds marker, chain and identity, wherever the device begins", async () => {
  for (const device of [INVERTER, METER]) {
    for (const base of [...STANDARD_BASES, 30_000]) {
      const played = createFakeReader({ ...device, base });
      const found = await discover(played, { bases: [...STANDARD_BASES, 30_000] });
      ok(found.ok, JSON.stringify(found));
      strictEqual(found.value.base, base);
      strictEqual(found.value.functionCode, 3);
      strictEqual(found.value.end, "end-model");
      strictEqual(found.value.identity.manufacturer, device.manufacturer);
      strictEqual(found.value.identity.serial, device.serial);
      strictEqual(found.value.identity.options, null);
      deepStrictEqual(
        found.value.models,
        device.models.map(({ id, address, length }) => ({
          id,
          address: address - device.base + base,
          length,
        })),
      );
    }
  }
});

Deno.test("discoverDevice() finds a marker one register off, and reports it as an oddity", async () => {
  const { registers } = INVERTER;
  for (const base of [39_999, 40_001, 1, 49_999, 50_001]) {
    for (const around of [[], [0, 0, 0]]) {
      // With registers around it, a read at the requested base returns half of the marker.
      const device = {
        base: Math.max(0, base - around.length),
        registers: [...around.slice(0, base), ...registers],
      };
      const found = await discover(createFakeReader(device));
      ok(found.ok, `${base}: ${JSON.stringify(found)}`);
      strictEqual(found.value.base, base);
      const [oddity] = found.value.oddities;
      ok(oddity?.startsWith(`the SunS marker is at ${base}, one register`), oddity);
    }
  }
  for (const configured of [40_000, 40_001, 39_999]) {
    const found = await discover(createFakeReader(INVERTER), { bases: [configured] });
    ok(found.ok && found.value.base === 40_000);
  }
});

Deno.test("discoverDevice() finds a device that has SunSpec only in its input registers", async () => {
  const found = await discover(createFakeReader(INVERTER, {
    functionCode: 4,
    fault: ({ functionCode }) =>
      functionCode === 3 ? { kind: "exception", code: 2 } : undefined,
  }));
  ok(found.ok && found.value.functionCode === 4);
});

Deno.test("discoverDevice() uses only the configured function code", async () => {
  const played = createFakeReader(INVERTER, { functionCode: 3 });
  const found = await discover(played, { functionCode: 4 });
  ok(!found.ok && found.fault.kind === "no-sunspec");
  ok(played.requests.every(({ functionCode }) => functionCode === 4));
});

Deno.test("discoverDevice() reads by function code 4 where 3 is refused", async () => {
  const found = await discover(createFakeReader(INVERTER, { functionCode: 4 }));
  ok(found.ok);
  strictEqual(found.value.functionCode, 4);
});

Deno.test("a unit that does not answer costs one timeout, or as many as allowed", async () => {
  for (const timeoutsMax of [1, 3]) {
    const played = createFakeReader(INVERTER, { fault: () => TIMEOUT });
    const found = await discover(played, { timeoutsMax });
    ok(!found.ok && found.fault.kind === "no-answer");
    strictEqual(played.requests.length, timeoutsMax);
  }
});

Deno.test("a device that does not answer at 0 costs one timeout, and the fault lists every attempt", async () => {
  const played = createFakeReader({ base: 100, registers: [] }, {
    fault: ({ address }) => address === 0 ? TIMEOUT : undefined,
  });
  const found = await discover(played);
  ok(!found.ok && found.fault.kind === "no-sunspec");
  // Three bases, the bases adjacent to the two that were refused, and those two in the input registers.
  strictEqual(played.requests.length, 3 + 4 + 2);
  const words = describeDiscoveryFault(found.fault);
  for (const part of ["40000", "exception 0x02", "50000", "no response"]) {
    ok(words.includes(part), words);
  }
});

Deno.test("a gateway exception for an absent unit ends discovery after one request", async () => {
  const played = createFakeReader(INVERTER, {
    fault: () => ({ kind: "exception", code: 11 }),
  });
  const found = await discover(played);
  ok(!found.ok && found.fault.kind === "no-unit");
  strictEqual(played.requests.length, 1);
  ok(/unit 1 .*0x0B/.test(describeDiscoveryFault(found.fault)));
});

Deno.test("discoverDevice() repeats a request whose answer was lost in the chain or the identity", async () => {
  for (const lost of [2, 3, 4, 5, 6]) {
    const played = createFakeReader(INVERTER, {
      fault: (_, nth) => nth === lost ? TIMEOUT : undefined,
    });
    const found = await discover(played);
    ok(found.ok && found.value.end === "end-model", `read ${lost}`);
    strictEqual(found.value.models.length, INVERTER.models.length);
  }
});

Deno.test("an unreadable common model leaves the identity unknown and is reported as an oddity", async () => {
  const registers = INVERTER.registers.map((one, at) => at > 3 && at < 70 ? null : one);
  const found = await discover(createFakeReader({ base: 40_000, registers }));
  ok(found.ok);
  strictEqual(found.value.identity.manufacturer, null);
  ok(found.value.oddities.some((oddity) => oddity.includes("exception 0x02")));
});

Deno.test("a marker without models is not a device", async () => {
  const found = await discover(
    createFakeReader({ base: 40_000, registers: [0x5375, 0x6e53, 0xffff, 0] }),
  );
  ok(!found.ok && found.fault.kind === "no-models");
});

Deno.test("describeDiscoveryFault() names the failed step and a likely cause", async () => {
  const faults: readonly (readonly [ModbusFault, RegExp])[] = [
    [unreachable("refused"), /Modbus TCP is off.*another client/],
    [unreachable("timeout"), /address is wrong/],
    [unreachable("no-route"), /network/],
    [unreachable("unknown-host"), /name/],
    [{ kind: "closed", detail: "by the device" }, /another client/],
    [{ kind: "protocol", detail: "length 0" }, /Modbus TCP/],
    [TIMEOUT, /SunS marker.*unit id/],
  ];
  for (const [fault, words] of faults) {
    const found = await discover(createFakeReader(INVERTER, { fault: () => fault }));
    ok(!found.ok);
    ok(words.test(describeDiscoveryFault(found.fault)), JSON.stringify(found.fault));
  }
});

Deno.test("discoverDevice() terminates for any register contents", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.oneof(fc.nat(65_535), fc.nat(5), fc.constant(null)), {
        maxLength: 400,
      }),
      async (body) => {
        const registers = [0x5375, 0x6e53, ...body];
        const played = createFakeReader({ base: 40_000, registers });
        const found = await discover(played);
        ok(found.ok || found.fault.kind === "no-models");
        ok(played.requests.length < 1_000, `${played.requests.length} reads`);
      },
    ),
    { numRuns: 300 },
  );
});

function discover(played: FakeReader, options: Partial<ProbeOptions> = {}) {
  return discoverDevice(played, {
    unitId: 1,
    bases: STANDARD_BASES,
    timeoutMs: 1_000,
    ...options,
  }, NEVER);
}

function unreachable(
  why: "refused" | "timeout" | "no-route" | "unknown-host",
): ModbusFault {
  return { kind: "unreachable", address: "inv-1:502", why };
}
