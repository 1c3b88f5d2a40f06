import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import fc from "fast-check";
import {
  createFakePlant,
  inverterImage,
  START_MS,
} from "../../tests/poller/fake_plant.ts";
import {
  createDeparted,
  type Departed,
  DEPARTED_MAX,
} from "./roster/removed_devices.ts";
import type { DevicePast } from "./device.ts";
import { gridOf } from "./schedule/grid.ts";
import { createNight } from "./schedule/night.ts";
import { LEAVE_GRACE_MS } from "./supervisor.ts";
import { createDesk } from "../records/record_builder.ts";
import type { Draft } from "../records/record.ts";

/** The slots that drafts were sampled in. */
function slotsOf(drafts: readonly Draft[], id: string, intervalMs = 1_000): number[] {
  const { offsetMs } = gridOf(id, intervalMs);
  return drafts.map(({ source }) =>
    (source.sampled_at - offsetMs - START_MS) / intervalMs
  );
}

Deno.test("whatever rosters follow one another, who stays misses nothing, and every slot of who leaves is accounted for", async () => {
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
        // The device has two addresses: what answers is the same.
        plant.add("a", unitId, inverterImage({ serial: `SN${unitId}` })).delayMs = 50;
        plant.add("b", unitId, inverterImage({ serial: `SN${unitId}` })).delayMs = 50;
      }
      const supervisor = plant.start([{ id: "steady", host: "steady" }]);
      for (const { hosts, playMs } of steps) {
        const devices = hosts.flatMap((host, at) =>
          host === null ? [] : [{ id: `inv-${at + 1}`, host, unitIds: [at + 1] }]
        );
        const followed = supervisor.follow(
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
      strictEqual(plant.leased(), 0);
    }),
    { numRuns: 25 },
  );
});

Deno.test("a new interval is a new grid; missed slots and counts are kept", async () => {
  const plant = await createFakePlant();
  const unit = plant.add("a", 1, inverterImage());
  const supervisor = plant.start([{ id: "inv" }]);
  await plant.play(5_000);
  unit.fault = () => ({ kind: "exception", code: 0x0b });
  await plant.play(2_000);
  await supervisor.follow(plant.rosterOf([{ id: "inv", intervalMs: 500 }]));
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

Deno.test("a device with a derived id is the same one at another address", async () => {
  const plant = await createFakePlant();
  plant.add("a", 1, inverterImage());
  const supervisor = plant.start([{ host: "a" }]);
  await plant.play(3_000);
  plant.add("b", 1, inverterImage());
  await supervisor.follow(plant.rosterOf([{ host: "b" }]));
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
  // Its grid has moved a little, by less than the spread of the slots.
  ok(Math.abs(at(next) - at(last) - (missed + 1) * 1_000) <= 200);
});

Deno.test("an id that is configured for another unit is taken from the one that derived it", async () => {
  const plant = await createFakePlant();
  plant.add("a", 1, inverterImage({ serial: "SN1" }));
  plant.add("b", 1, inverterImage({ serial: "SN2" }));
  const supervisor = plant.start([{ host: "a" }]);
  await plant.play(3_000);
  await supervisor.follow(
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

Deno.test("a poll under way when its device leaves is finished, within its grace", async () => {
  const plant = await createFakePlant();
  const unit = plant.add("a", 1, inverterImage());
  const supervisor = plant.start([{ id: "inv", timeoutMs: 60_000 }]);
  await plant.play(2_900);
  unit.delayMs = 500;
  await plant.play(500); // the poll of the fourth slot has begun
  const before = plant.drafts.length;
  const left = supervisor.follow([]);
  await plant.play(1_000);
  await left;
  strictEqual(plant.drafts.length, before + 1);
  deepStrictEqual(supervisor.devices, []);

  unit.delayMs = 50_000;
  await supervisor.follow(plant.rosterOf([{ id: "inv", timeoutMs: 60_000 }]));
  await plant.play(2_000);
  const endMs = plant.clock.monotonicMs() + LEAVE_GRACE_MS;
  let leftMs = 0;
  supervisor.follow([]).then(() => leftMs = plant.clock.monotonicMs());
  await plant.play(LEAVE_GRACE_MS + 500);
  ok(leftMs >= endMs && leftMs <= endMs + 100, `${leftMs - endMs}`);
  strictEqual(plant.leased(), 0);
  await supervisor.stop();
  strictEqual(plant.clock.pending, 0);
});

Deno.test("stop() ends a change of the roster that is under way", async () => {
  const plant = await createFakePlant();
  const unit = plant.add("a", 1, inverterImage());
  plant.add("b", 1, inverterImage({ serial: "SN2" }));
  const supervisor = plant.start([{ id: "a", timeoutMs: 60_000 }]);
  await plant.play(2_000);
  unit.delayMs = 50_000;
  await plant.play(1_000);
  const change = supervisor.follow(plant.rosterOf([{ id: "b", host: "b" }]));
  await supervisor.stop();
  await change;
  await plant.play(5_000);
  strictEqual(plant.of("b").length, 0);
  strictEqual(plant.leased(), 0);
  strictEqual(plant.clock.pending, 0);
});

Deno.test("no more than so many devices that left are remembered, the oldest go first", () => {
  const departed: Departed = createDeparted();
  const past = (polls: number): DevicePast => ({
    schedule: {
      grid: gridOf("x", 1_000),
      slot: 0,
      missed: 0,
      seen: { wallMs: 0, monotonicMs: 0 },
      startedMs: null,
    },
    desk: createDesk({}),
    prefer: "float",
    night: createNight(),
    counts: {
      polls,
      failures: 0,
      records: 0,
      slotsMissed: 0,
      overruns: 0,
      restarts: 0,
    },
  });
  for (let at = 0; at <= DEPARTED_MAX; at++) departed.keep(`inv-${at}`, past(at));
  strictEqual(departed.take("inv-0"), undefined);
  strictEqual(departed.take("inv-1")?.counts.polls, 1);
  strictEqual(departed.take("inv-1"), undefined);
});
