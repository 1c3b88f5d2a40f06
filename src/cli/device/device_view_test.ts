import { deepStrictEqual, match, ok } from "node:assert/strict";
import { createFakeReader } from "../../testing/devices/fake_reader.ts";
import { INVERTER, METER } from "../../testing/devices/devices.ts";
import { connectToDevice, readDeviceView } from "./device_view.ts";

Deno.test("readDeviceView() returns the records of a sub-device that a second model 1 starts", async () => {
  const withoutEnd = INVERTER.registers.slice(0, -2);
  const withoutMarker = METER.registers.slice(2);
  const reader = createFakeReader({
    base: INVERTER.base,
    registers: [...withoutEnd, ...withoutMarker],
  });
  const options = { unitId: 1, base: null, timeoutMs: 1_000 };
  const never = new AbortController().signal;
  const found = await connectToDevice(
    { reader, label: "test", dump: null },
    options,
    never,
  );
  ok(found.ok);
  const view = await readDeviceView(found.value, []);
  ok(view.ok);
  deepStrictEqual(
    view.value.records.map(({ type, source }) => [
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

Deno.test("readDeviceView() returns no record of a model that the agent would skip", async () => {
  const [, inverter] = INVERTER.models;
  ok(inverter);
  const refused = inverter.address - INVERTER.base + 4;
  const registers = INVERTER.registers.map((one, at) => at === refused ? null : one);
  const reader = createFakeReader({ base: INVERTER.base, registers });
  const found = await connectToDevice(
    { reader, label: "test", dump: null },
    { unitId: 1, base: null, timeoutMs: 1_000 },
    new AbortController().signal,
  );
  ok(found.ok);
  const view = await readDeviceView(found.value, []);
  ok(view.ok);
  const model = view.value.models.find(({ id }) => id === inverter.id);
  ok(model?.flags.some(({ reason }) => reason === "register-unread"));
  deepStrictEqual(view.value.records, []);
});

Deno.test("connectToDevice() names --base if the marker is not where it was looked for", async () => {
  const { registers } = INVERTER;
  const found = await connectToDevice(
    { reader: createFakeReader({ base: 30_050, registers }), label: "a", dump: null },
    { unitId: 1, base: null, timeoutMs: 1_000 },
    new AbortController().signal,
  );
  ok(!found.ok);
  match(found.fault.words, /another address: give it with --base <ADDRESS>$/);
});
