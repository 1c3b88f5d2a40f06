import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { createFakePlant, inverterImage } from "../testing/devices/fake_plant.ts";
import type { DeviceImage } from "../simulator/device_image.ts";
import { CHAIN_CHECK_INTERVAL_MS } from "./commissioning/chain_check.ts";
import { FULL_POLL_INTERVAL_MS } from "./poll.ts";

/** An inverter with models 1, 103 and 101: with model 1 they take two reads, without it one. */
function longImage(serial: string): DeviceImage {
  const { base, registers } = inverterImage({ serial });
  const body = registers.slice(70, 122);
  const second = body.slice();
  second[0] = 101;
  return {
    base,
    registers: Uint16Array.of(...registers.slice(0, 122), ...second, 0xffff, 0),
  };
}

Deno.test("polls skip model 1 if that saves a request, and read it every few minutes", async () => {
  const plant = await createFakePlant();
  const unit = plant.add("a", 1, longImage("SN1"));
  const supervisor = plant.start([{ id: "inv" }]);
  await plant.play(10_000);
  unit.asked.length = 0;
  await plant.play(10_000);
  deepStrictEqual([
    ...new Set(unit.asked.map(({ address, count }) => [address, count].join())),
  ], [
    "40052,123",
  ]);
  strictEqual(unit.asked.length, 10);
  await plant.play(FULL_POLL_INTERVAL_MS);
  await supervisor.stop();
  const whole = unit.asked.filter(({ address }) => address === 40_000);
  strictEqual(whole.length, 1);
  ok(plant.drafts.every(({ source }) => source.serial === "SN1"));
});

Deno.test("a replaced device is detected by its serial number before a record is made", async () => {
  const plant = await createFakePlant();
  const unit = plant.add("a", 1, longImage("SN1"));
  const supervisor = plant.start([{}]);
  await plant.play(10_000);
  unit.image = longImage("SN2");
  const before = plant.drafts.length;
  await plant.play(10_000);
  await supervisor.stop();
  const ids = plant.drafts.slice(before).map(({ source }) => source.device_id);
  ok(ids.length > 0 && ids.every((id) => id.startsWith("acme-x1-sn2")), `${ids}`);
});

Deno.test("the poll after a missed one verifies the whole device", async () => {
  const plant = await createFakePlant();
  const unit = plant.add("a", 1, longImage("SN1"));
  const supervisor = plant.start([{ id: "inv" }]);
  await plant.play(10_000);
  unit.fault = () => ({ kind: "exception", code: 0x0b });
  await plant.play(1_000);
  unit.fault = undefined;
  unit.asked.length = 0;
  await plant.play(1_000);
  await supervisor.stop();
  strictEqual(unit.asked[0]?.address, 40_000);
});

Deno.test("a refused model is skipped, logged once and asked for again within a minute", async () => {
  const plant = await createFakePlant();
  const image = longImage("SN1");
  const broken = { ...image, unreadable: [{ address: 40_150, count: 10 }] };
  const unit = plant.add("a", 1, broken);
  const supervisor = plant.start([{ id: "inv", intervalMs: 10_000 }]);
  await plant.play(60_000);
  ok(plant.drafts.length >= 5, `${plant.drafts.length} records`);
  ok(plant.drafts.every(({ fields }) => fields["ac_power_w"] === 1_230));
  unit.asked.length = 0;
  await plant.play(60_000);
  const refused = unit.asked.filter(({ address, count }) => address + count > 40_150);
  strictEqual(refused.length, 2); // once a minute: the refused read, and the end of the chain
  ok(refused.every(({ count }) => count <= 10));
  unit.image = image;
  await plant.play(CHAIN_CHECK_INTERVAL_MS + 10_000);
  unit.asked.length = 0;
  await plant.play(60_000);
  await supervisor.stop();
  ok(unit.asked.some(({ address, count }) => address + count > 40_150));
  const logged = plant.log.events.filter(({ name, fields }) =>
    name === "device.oddity" &&
    String(fields["oddity"]).startsWith("model 101 at 40122")
  );
  strictEqual(logged.length, 1);
});
