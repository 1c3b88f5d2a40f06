import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import fc from "fast-check";
import {
  createFakePlant,
  inverterImage,
  START_MS,
} from "../testing/devices/fake_plant.ts";
import {
  createRemovedDevices,
  REMOVED_DEVICES_MAX,
  type RemovedDevices,
} from "./roster/removed_devices.ts";
import type { DeviceHistory } from "./device.ts";
import { gridOf } from "./schedule/grid.ts";
import { createSleepDetector } from "./schedule/sleep_detector.ts";
import { LEAVE_GRACE_MS } from "./member.ts";
import type { Draft } from "../records/record.ts";

/** The slots of the drafts. */
function slotsOf(drafts: readonly Draft[], id: string, intervalMs = 1_000): number[] {
  const { offsetMs } = gridOf(id, intervalMs);
  return drafts.map(({ source }) =>
    (source.sampled_at - offsetMs - START_MS) / intervalMs
  );
}

Deno.test("update() does not affect entries that stay, and every slot of the others is accounted for", async () => {
  // Each step: which of three devices are polled, at which of two addresses, for how long.
  const step = fc.record({
    hosts: fc.array(fc.constantFrom("a", "b", null), { minLength: 3, maxLength: 3 }),
    playMs: fc.integer({ min: 20, max: 60 }).map((count) => count * 50),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 6 }), async (steps) => {
      const plant = await createFakePlant();
      plant.add("steady", 1, inverterImage({ serial: "S" }));
      for (const unitId of [1, 2, 3]) {
        // The device has two addresses.
        plant.add("a", unitId, inverterImage({ serial: `SN${unitId}` })).delayMs = 50;
        plant.add("b", unitId, inverterImage({ serial: `SN${unitId}` })).delayMs = 50;
      }
      const supervisor = plant.start([{ id: "steady", host: "steady" }]);
      for (const { hosts, playMs } of steps) {
        const devices = hosts.flatMap((host, at) =>
          host === null ? [] : [{ id: `inv-${at + 1}`, host, unitIds: [at + 1] }]
        );
        const followed = supervisor.update(
          plant.rosterOf([{ id: "steady", host: "steady" }, ...devices]),
        );
        await plant.play(playMs);
        await followed;
        deepStrictEqual(
          supervisor.devices.map(({ deviceId }) => deviceId),
          ["steady", ...devices.map(({ id }) => id)],
        );
      }
      await supervisor.stop();
      const steady = slotsOf(plant.of("steady"), "steady");
      deepStrictEqual(steady, steady.map((_, at) => at));
      for (const id of ["inv-1", "inv-2", "inv-3"]) {
        const drafts = plant.of(id);
        const slots = slotsOf(drafts, id);
        drafts.forEach(({ source }, at) => {
          if (at === 0) return;
          strictEqual(slots[at], (slots[at - 1] ?? 0) + 1 + source.slots_missed);
        });
      }
      strictEqual(plant.openHandles(), 0);
    }),
    { numRuns: 25 },
  );
});

Deno.test("update() with another interval keeps missed slots and counters", async () => {
  const plant = await createFakePlant();
  const unit = plant.add("a", 1, inverterImage());
  const supervisor = plant.start([{ id: "inv" }]);
  await plant.play(5_000);
  unit.fault = () => ({ kind: "exception", code: 0x0b });
  await plant.play(2_000);
  await supervisor.update(plant.rosterOf([{ id: "inv", intervalMs: 500 }]));
  unit.fault = undefined;
  await plant.play(4_000);
  await supervisor.stop();
  const drafts = plant.of("inv");
  const after = drafts.filter(({ source }) => source.interval_ms === 500);
  ok((after[0]?.source.slots_missed ?? 0) >= 2);
  const slots = slotsOf(after, "inv", 500);
  deepStrictEqual(slots, slots.map((_, at) => (slots[0] ?? 0) + at));
  strictEqual(supervisor.devices[0]?.polls, drafts.length);
});

Deno.test("update() recognises a device with a derived id at another address", async () => {
  const plant = await createFakePlant();
  plant.add("a", 1, inverterImage());
  const supervisor = plant.start([{ host: "a" }]);
  await plant.play(3_000);
  plant.add("b", 1, inverterImage());
  await supervisor.update(plant.rosterOf([{ host: "b" }]));
  await plant.play(60_000);
  await supervisor.stop();
  deepStrictEqual(
    supervisor.devices.map(({ key, deviceId, polls }) => [
      key,
      deviceId,
      polls,
    ]),
    [["b:502/1", "acme-x1-sn1", plant.of("acme-x1-sn1").length]],
  );
  const at = (draft?: Draft): number => draft?.source.sampled_at ?? NaN;
  const [, , last, next] = plant.of("acme-x1-sn1");
  const missed = next?.source.slots_missed ?? NaN;
  // Its grid has another offset, within the spread.
  ok(Math.abs(at(next) - at(last) - (missed + 1) * 1_000) <= 200);
});

Deno.test("update() assigns a configured id to its unit, even if another unit has derived it", async () => {
  const plant = await createFakePlant();
  plant.add("a", 1, inverterImage({ serial: "SN1" }));
  plant.add("b", 1, inverterImage({ serial: "SN2" }));
  const supervisor = plant.start([{ host: "a" }]);
  await plant.play(3_000);
  await supervisor.update(
    plant.rosterOf([{ host: "a" }, { host: "b", id: "acme-x1-sn1" }]),
  );
  const before = plant.drafts.length;
  await plant.play(30_000);
  await supervisor.stop();
  const [derived, configured] = supervisor.devices;
  strictEqual(configured?.state, "online");
  strictEqual(derived?.state, "offline");
  ok(plant.drafts.slice(before).every(({ source }) => source.serial === "SN2"));
});

Deno.test("update() lets a removed device finish its current poll within the grace", async () => {
  const plant = await createFakePlant();
  const unit = plant.add("a", 1, inverterImage());
  const supervisor = plant.start([{ id: "inv", timeoutMs: 60_000 }]);
  await plant.play(2_900);
  unit.delayMs = 500;
  await plant.play(500); // the poll of the fourth slot has begun
  const before = plant.drafts.length;
  const left = supervisor.update([]);
  await plant.play(1_000);
  await left;
  strictEqual(plant.drafts.length, before + 1);
  deepStrictEqual(supervisor.devices, []);

  unit.delayMs = 50_000;
  await supervisor.update(plant.rosterOf([{ id: "inv", timeoutMs: 60_000 }]));
  await plant.play(2_000);
  const endMs = plant.clock.monotonicMs() + LEAVE_GRACE_MS;
  let leftMs = 0;
  supervisor.update([]).then(() => leftMs = plant.clock.monotonicMs());
  await plant.play(LEAVE_GRACE_MS + 500);
  ok(leftMs >= endMs && leftMs <= endMs + 100, `${leftMs - endMs}`);
  strictEqual(plant.openHandles(), 0);
  await supervisor.stop();
  strictEqual(plant.clock.pending, 0);
});

Deno.test("stop() ends a roster update that is under way", async () => {
  const plant = await createFakePlant();
  const unit = plant.add("a", 1, inverterImage());
  plant.add("b", 1, inverterImage({ serial: "SN2" }));
  const supervisor = plant.start([{ id: "a", timeoutMs: 60_000 }]);
  await plant.play(2_000);
  unit.delayMs = 50_000;
  await plant.play(1_000);
  const change = supervisor.update(plant.rosterOf([{ id: "b", host: "b" }]));
  await supervisor.stop();
  await change;
  await plant.play(5_000);
  strictEqual(plant.of("b").length, 0);
  strictEqual(plant.openHandles(), 0);
  strictEqual(plant.clock.pending, 0);
});

Deno.test("createRemovedDevices() keeps a limited number of devices and drops the oldest", () => {
  const removed: RemovedDevices = createRemovedDevices();
  const past = (polls: number): DeviceHistory => ({
    schedule: {
      grid: gridOf("x", 1_000),
      slot: 0,
      missed: 0,
      clocks: { wallMs: 0, monotonicMs: 0 },
      startedMs: null,
    },
    sleepDetector: createSleepDetector(),
    counts: {
      polls,
      failures: 0,
      records: 0,
      slotsMissed: 0,
      overruns: 0,
      restarts: 0,
    },
  });
  for (let at = 0; at <= REMOVED_DEVICES_MAX; at++) removed.add(`inv-${at}`, past(at));
  strictEqual(removed.take("inv-0"), undefined);
  strictEqual(removed.take("inv-1")?.counts.polls, 1);
  strictEqual(removed.take("inv-1"), undefined);
});
