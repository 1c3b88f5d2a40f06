import { deepStrictEqual, ok } from "node:assert/strict";
import { playDevice } from "../../testing/devices/device_reader.ts";
import { INVERTER, METER } from "../../testing/devices/devices.ts";
import { findDevice, lookAt } from "./device_view.ts";

Deno.test("a second model 1 in the chain gives the records that an agent would send of it", async () => {
  const withoutEnd = INVERTER.registers.slice(0, -2);
  const withoutMarker = METER.registers.slice(2);
  const reader = playDevice({
    base: INVERTER.base,
    registers: [...withoutEnd, ...withoutMarker],
  });
  const options = { unitId: 1, base: null, timeoutMs: 1_000 };
  const never = new AbortController().signal;
  const found = await findDevice({ reader, dump: null }, options, never);
  ok(found.ok);
  const look = await lookAt(found.value, []);
  ok(look.ok);
  deepStrictEqual(
    look.value.records.map(({ type, source }) => [
      type,
      source.device_id,
      source.serial,
    ]),
    [
      ["NormalizedInverterData", "example-works-ex-10k-0042-17", "0042-17"],
      ["NormalizedMeterData", "example-works-ex-10k-0042-17.2", "M7"],
    ],
  );
});
