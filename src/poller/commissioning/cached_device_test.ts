import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { createFakePlant, inverterImage } from "../../testing/devices/fake_plant.ts";
import { createDeviceCache } from "../../device/device_cache.ts";

Deno.test("a cached device is polled at once after a restart, with one additional read", async () => {
  const plant = await createFakePlant();
  const unit = plant.add("a", 1, inverterImage());
  const device = { id: "inv", intervalMs: 10_000 };
  const first = plant.start([device]);
  await plant.play(10_000);
  await first.stop();
  strictEqual(plant.discoveries(), 1);

  unit.asked.length = 0;
  plant.drafts.length = 0;
  await plant.play(3_000);
  const second = plant.start([device]);
  await plant.play(100);
  strictEqual(plant.drafts.length, 1);
  deepStrictEqual(unit.asked.map(({ count }) => count), [2, 123]);
  await plant.play(30_000);
  await second.stop();
  strictEqual(plant.discoveries(), 1);
  strictEqual(plant.drafts.length, 4);
  ok(plant.drafts.every(({ source }) => source.slots_missed === 0));
});

Deno.test("a change during the downtime is detected before a record is made", async () => {
  const swapped = inverterImage({ serial: "SN2" });
  const moved = { ...inverterImage(), base: 50_000 };
  const regrouped = inverterImage();
  regrouped.registers[70] = 101;
  for (
    const { image, discoveries } of [
      { image: inverterImage(), discoveries: 1 },
      { image: swapped, discoveries: 3 },
      { image: moved, discoveries: 2 },
      { image: regrouped, discoveries: 2 },
    ]
  ) {
    const plant = await createFakePlant();
    const unit = plant.add("a", 1, inverterImage());
    const first = plant.start([{}]);
    await plant.play(5_000);
    await first.stop();
    plant.drafts.length = 0;
    unit.image = image;
    const second = plant.start([{}]);
    await plant.play(60_000);
    await second.stop();
    strictEqual(plant.discoveries(), discoveries);
    const id = image === swapped ? "acme-x1-sn2" : "acme-x1-sn1";
    deepStrictEqual([...new Set(plant.drafts.map(({ source }) => source.device_id))], [
      id,
    ]);
    const { layout } = createDeviceCache(plant.memory).get("a:502/1") ?? {};
    strictEqual(layout?.base, image.base);
  }
});

Deno.test("a device that requires small reads is not asked for larger ones after a restart", async () => {
  const plant = await createFakePlant();
  const image = { ...inverterImage(), registersPerReadMax: 50 };
  const unit = plant.add("a", 1, image);
  const first = plant.start([{ id: "inv" }]);
  await plant.play(3_000);
  await first.stop();
  ok(unit.asked.some(({ count }) => count > 50));
  unit.asked.length = 0;
  const second = plant.start([{ id: "inv" }]);
  await plant.play(3_000);
  unit.image = { ...inverterImage({ serial: "SN9" }), registersPerReadMax: 50 };
  await plant.play(10_000);
  await second.stop();
  strictEqual(plant.discoveries(), 3);
  deepStrictEqual(unit.asked.filter(({ count }) => count > 50), []);
});

Deno.test("a cache entry that does not match the settings is not used", async () => {
  const plant = await createFakePlant();
  plant.add("a", 1, inverterImage());
  const first = plant.start([{}]);
  await plant.play(3_000);
  await first.stop();
  const second = plant.start([{ quirks: { base: 50_000 } }]);
  await plant.play(3_000);
  await second.stop();
  strictEqual(plant.discoveries() > 1, true);
  strictEqual(second.devices[0]?.polls, 0);
});

Deno.test("quirks of the quirks file apply, unless the device's own settings override them", async () => {
  const plant = await createFakePlant();
  const unit = plant.add("a", 1, inverterImage());
  plant.rules = [{
    manufacturer: "acme",
    quirks: { registersPerReadMax: 60, gapMs: 20 },
  }];
  const supervisor = plant.start([{ id: "inv", quirks: { gapMs: 5 } }]);
  await plant.play(3_000);
  await supervisor.stop();
  const polls = unit.asked.filter(({ address }) => address === 40_070);
  ok(polls.length > 0 && polls.every(({ count }) => count <= 60));
  deepStrictEqual(supervisor.devices[0]?.quirks, [
    { name: "registers_per_read_max", value: 60, source: "file" },
    { name: "gap_ms", value: 5, source: "device" },
  ]);
  const lines = plant.log.events.filter(({ name }) => name === "device.quirks");
  deepStrictEqual(lines.map(({ fields }) => fields["quirks"]), [
    "registers_per_read_max = 60 (file)",
  ]);
});
