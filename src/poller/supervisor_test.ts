import { deepStrictEqual, match, ok, strictEqual } from "node:assert/strict";
import {
  createFakePlant,
  inverterImage,
  START_MS,
} from "../testing/devices/fake_plant.ts";
import { createDeviceCache } from "../device/device_cache.ts";
import { DEVICE_BACKOFF } from "./actor.ts";
import { gridOf } from "./schedule/grid.ts";
import { MISSED_MAX } from "./machine.ts";
import { QUARANTINE_MS, RESTARTS_MAX } from "./run_with_restarts.ts";
import { STOP_GRACE_MS } from "./supervisor.ts";
import type { Draft } from "../records/record.ts";

const TIMEOUT = { kind: "timeout", elapsedMs: 400 } as const;

/** The slots of the drafts; fails if a draft is not on the device's grid. */
function slotsOf(drafts: readonly Draft[], id: string, intervalMs: number): number[] {
  const { offsetMs } = gridOf(id, intervalMs);
  return drafts.map(({ source }) => {
    const slot = (source.sampled_at - offsetMs - START_MS) / intervalMs;
    strictEqual(slot, Math.floor(slot), `${source.sampled_at} is off the grid`);
    return slot;
  });
}

function range(first: number, last: number): number[] {
  return Array.from({ length: last - first + 1 }, (_, at) => first + at);
}

Deno.test("a device is discovered once and polled in every slot of its grid", async () => {
  const plant = await createFakePlant();
  plant.add("a", 1, inverterImage({ power: 123, scale: 1 }));
  const supervisor = plant.start([{ id: "inv" }]);
  await plant.play(10_000);
  await supervisor.stop();
  deepStrictEqual(slotsOf(plant.of("inv"), "inv", 1_000), range(0, 9));
  ok(plant.drafts.every(({ fields }) => fields["ac_power_w"] === 1_230));
  ok(plant.drafts.every(({ source }) => source.slots_missed === 0));
  strictEqual(plant.discoveries(), 1);
  deepStrictEqual(plant.changes.map(({ state }) => state), ["online"]);
  strictEqual(plant.openHandles(), 0);
  strictEqual(plant.clock.pending, 0);
  const [report] = supervisor.devices;
  deepStrictEqual(
    [report?.polls, report?.records, report?.failures, report?.slotsMissed],
    [10, 10, 0, 0],
  );
});

Deno.test("an actor that throws is restarted, and the others keep their grid", async () => {
  const plant = await createFakePlant();
  plant.add("a", 1, inverterImage());
  plant.add("b", 1, inverterImage());
  let thrown = 0;
  plant.hook = ([draft]) => {
    if (draft?.source.device_id !== "a" || thrown >= 2) return;
    thrown++;
    throw new Error("planted");
  };
  const supervisor = plant.start([{ id: "a", host: "a" }, { id: "b", host: "b" }]);
  await plant.play(20_000);
  await supervisor.stop();
  strictEqual(thrown, 2);
  deepStrictEqual(slotsOf(plant.of("b"), "b", 1_000), range(0, 19));
  const [a, b] = supervisor.devices;
  deepStrictEqual([a?.restarts, b?.restarts], [2, 0]);
  const slots = slotsOf(plant.of("a"), "a", 1_000);
  strictEqual(plant.of("a")[0]?.source.slots_missed, slots[0]);
  strictEqual(slots.at(-1), 19);
  strictEqual(plant.openHandles(), 0);
});

Deno.test("an actor that throws too often is quarantined with one event, and restarted later", async () => {
  const plant = await createFakePlant();
  plant.add("a", 1, inverterImage());
  plant.add("b", 1, inverterImage());
  let broken = true;
  let thrown = 0;
  plant.hook = ([draft]) => {
    if (draft?.source.device_id !== "a" || !broken) return;
    thrown++;
    throw new Error("planted");
  };
  const supervisor = plant.start([{ id: "a", host: "a" }, { id: "b", host: "b" }]);
  await plant.play(60_000);
  strictEqual(thrown, RESTARTS_MAX + 1);
  strictEqual(supervisor.devices[0]?.state, "quarantined");
  const states = plant.changes.filter(({ deviceId }) => deviceId === "a");
  deepStrictEqual(states.map(({ state, reason }) => [state, reason]), [
    ["quarantined", "planted"],
  ]);
  broken = false;
  await plant.play(QUARANTINE_MS);
  strictEqual(supervisor.devices[0]?.state, "online");
  await supervisor.stop();
  deepStrictEqual(slotsOf(plant.of("b"), "b", 1_000), range(0, 659));
});

Deno.test("a poll that overruns its interval skips slots, which are counted", async () => {
  const plant = await createFakePlant();
  const unit = plant.add("a", 1, inverterImage());
  const supervisor = plant.start([{ id: "inv", timeoutMs: 5_000 }]);
  await plant.play(3_000);
  unit.delayMs = 2_300;
  await plant.play(9_000);
  unit.delayMs = 0;
  await plant.play(64_000);
  await supervisor.stop();
  const slots = slotsOf(plant.of("inv"), "inv", 1_000).slice(0, 10);
  deepStrictEqual(slots, [0, 1, 2, 3, 6, 9, 12, 13, 14, 15]);
  const missed = plant.of("inv").slice(0, 10).map(({ source }) => source.slots_missed);
  deepStrictEqual(missed, [0, 0, 0, 0, 2, 2, 2, 0, 0, 0]);
  const [report] = supervisor.devices;
  deepStrictEqual([report?.overruns, report?.slotsMissed], [3, 6]);
  const lines = plant.log.events.filter(({ name }) => name === "device.overrun");
  strictEqual(lines.length, 1); // one per minute
});

Deno.test("a step of the wall clock causes neither a burst of polls nor missed slots", async () => {
  const plant = await createFakePlant();
  const unit = plant.add("a", 1, inverterImage());
  const supervisor = plant.start([{ id: "inv" }]);
  for (const jumpMs of [3_600_250, -7_200_777, 86_400_000 * 365]) {
    await plant.play(5_000);
    const before = unit.asked.length;
    plant.clock.jumpWall(jumpMs);
    await plant.play(5_000);
    const polls = unit.asked.length - before;
    ok(polls >= 4 && polls <= 5, `${polls} polls in 5 s`);
  }
  await supervisor.stop();
  slotsOf(plant.of("inv"), "inv", 1_000);
  ok(plant.of("inv").every(({ source }) => source.slots_missed === 0));
  const steps = plant.log.events.filter(({ name }) => name === "clock.stepped");
  strictEqual(steps.length, 3);
});

Deno.test("slots are missed while records wait to be appended, and no record is lost", async () => {
  const plant = await createFakePlant();
  plant.add("a", 1, inverterImage());
  const supervisor = plant.start([{ id: "inv" }]);
  plant.hook = async (_drafts, signal) => {
    if (plant.drafts.length === 2) await plant.clock.sleep(3_500, signal);
  };
  await plant.play(10_000);
  await supervisor.stop();
  deepStrictEqual(slotsOf(plant.of("inv"), "inv", 1_000), [0, 1, 2, 6, 7, 8, 9]);
  const missed = plant.of("inv").map(({ source }) => source.slots_missed);
  deepStrictEqual(missed, [0, 0, 0, 3, 0, 0, 0]);
});

Deno.test("a device that stops answering is reported offline once, and returns without a discovery", async () => {
  const plant = await createFakePlant();
  const unit = plant.add("a", 1, inverterImage());
  const supervisor = plant.start([{ id: "inv" }]);
  await plant.play(5_000);
  unit.fault = () => TIMEOUT;
  const before = unit.asked.length;
  await plant.play(300_000);
  const tries = unit.asked.length - before;
  ok(tries >= MISSED_MAX + 4, `${tries} tries`);
  ok(tries < 300_000 / DEVICE_BACKOFF.longestMs * 6, `${tries} tries`);
  unit.fault = undefined;
  await plant.play(DEVICE_BACKOFF.longestMs + 2_000);
  await supervisor.stop();
  deepStrictEqual(plant.changes.map(({ state }) => state), [
    "online",
    "offline",
    "online",
  ]);
  ok(plant.changes[1]?.reason?.includes("no response"), `${plant.changes[1]?.reason}`);
  strictEqual(plant.discoveries(), 1);
  const slots = slotsOf(plant.of("inv"), "inv", 1_000);
  const gap = slots.findIndex((slot, at) => slot !== at);
  strictEqual(gap, 5);
  strictEqual(plant.of("inv")[gap]?.source.slots_missed, (slots[gap] ?? 0) - 5);
  const failures = plant.log.events.filter(({ name }) => name === "device.failed");
  ok(failures.length > 0 && failures.length <= 5, `${failures.length} lines`);
  const logged = plant.log.events.map(({ name }) => name)
    .filter((name) =>
      !["device.discovered", "device.flagged", "device.failed"].includes(name)
    );
  deepStrictEqual(logged, ["device.online", "device.offline", "device.online"]);
});

Deno.test("an exception of a gateway is a failure of the unit and does not close the link at once", async () => {
  const plant = await createFakePlant();
  const unit = plant.add("a", 1, inverterImage());
  const supervisor = plant.start([{ id: "inv" }]);
  await plant.play(3_000);
  let count = 0;
  unit.fault = () =>
    ++count < MISSED_MAX ? { kind: "exception", code: 0x0b } : undefined;
  await plant.play(5_000);
  await supervisor.stop();
  ok(count >= MISSED_MAX);
  deepStrictEqual(slotsOf(plant.of("inv"), "inv", 1_000), [0, 1, 2, 5, 6, 7]);
  deepStrictEqual(plant.changes.map(({ state }) => state), ["online"]);
});

Deno.test("a replaced device is discovered again and has its own id", async () => {
  const plant = await createFakePlant();
  const unit = plant.add("a", 1, inverterImage({ serial: "SN1" }));
  const supervisor = plant.start([{}]);
  await plant.play(3_000);
  unit.image = inverterImage({ serial: "SN2" });
  await plant.play(4_000);
  strictEqual(plant.discoveries(), 3); // the third one over a new connection
  strictEqual(plant.renewals(), 1);
  strictEqual(plant.of("acme-x1-sn1").length, 3);
  strictEqual(plant.of("acme-x1-sn2").length, 3); // one slot was used to detect the change
  await plant.play(60_000);
  await supervisor.stop();
  strictEqual(plant.of("acme-x1-sn2")[0]?.source.serial, "SN2");
  strictEqual(
    createDeviceCache(plant.memory).get("a:502/1")?.deviceId,
    "acme-x1-sn2",
  );
  const change = plant.log.events.find(({ name }) => name === "device.changed");
  // The poll of the slot at 3 s saw the change; the line is written a minute later.
  match(`${change?.fields["at"]}`, /^2026-11-23T02:00:03\./);
  deepStrictEqual(
    plant.changes.map(({ deviceId, identity, state, previous }) => [
      deviceId,
      identity?.serial,
      state,
      previous,
    ]),
    [
      ["acme-x1-sn1", "SN1", "online", "connecting"],
      ["acme-x1-sn1", "SN1", "offline", "online"],
      ["acme-x1-sn2", "SN2", "online", "connecting"],
    ],
  );
});

Deno.test("one device behind two unit ids is polled once, and the other is reported", async () => {
  const plant = await createFakePlant();
  plant.add("a", 1, inverterImage());
  plant.add("a", 2, inverterImage());
  const supervisor = plant.start([{ unitIds: [1, 2] }]);
  await plant.play(90_000);
  await supervisor.stop();
  strictEqual(plant.of("acme-x1-sn1").length, 90);
  const [first, second] = supervisor.devices;
  deepStrictEqual([first?.polls, second?.polls], [90, 0]);
  strictEqual(second?.state, "offline");
  strictEqual(second?.deviceId, null);
  ok(second?.lastFailure?.includes("a:502/1"), `${second?.lastFailure}`);
  const lines = plant.log.events.filter(({ name }) => name === "device.duplicate");
  strictEqual(lines.length, 1);
});

Deno.test("one device that answers at several unit ids is polled once, also with configured ids", async () => {
  const plant = await createFakePlant();
  for (const unitId of [1, 2, 3]) plant.add("a", unitId, inverterImage());
  const supervisor = plant.start([{ id: "inv", unitIds: [1, 2, 3] }]);
  await plant.play(1_500_000);
  await supervisor.stop();
  strictEqual(plant.of("inv-1").length, 1_500);
  strictEqual(plant.drafts.length, 1_500);
  const names = plant.log.events.map(({ name }) => name);
  strictEqual(names.filter((name) => name === "device.duplicate").length, 2);
  ok(!names.includes("device.failed"));
  ok(plant.discoveries() < 10, `${plant.discoveries()} discoveries`);
});

Deno.test("units with the same serial number are polled if configured, or if it is a placeholder", async () => {
  const plant = await createFakePlant();
  for (const unitId of [1, 2]) {
    plant.add("a", unitId, inverterImage());
    plant.add("b", unitId, inverterImage({ serial: "00000" }));
  }
  const supervisor = plant.start([
    { id: "shared", unitIds: [1, 2], quirks: { unitsShareSerial: true } },
    { id: "blank", host: "b", unitIds: [1, 2] },
  ]);
  await plant.play(5_000);
  await supervisor.stop();
  for (const id of ["shared-1", "shared-2", "blank-1", "blank-2"]) {
    strictEqual(plant.of(id).length, 5, id);
  }
});

Deno.test("one device at two addresses with configured ids is polled twice and reported", async () => {
  const plant = await createFakePlant();
  plant.add("a", 1, inverterImage());
  plant.add("b", 1, inverterImage());
  const supervisor = plant.start([{ id: "x", host: "a" }, { id: "y", host: "b" }]);
  await plant.play(5_000);
  await supervisor.stop();
  deepStrictEqual([plant.of("x").length, plant.of("y").length], [5, 5]);
  const lines = plant.log.events.filter(({ name }) => name === "device.oddity");
  strictEqual(lines.length, 1);
});

Deno.test("a device that refuses large reads is polled with smaller ones from then on", async () => {
  const plant = await createFakePlant();
  const image = { ...inverterImage(), registersPerReadMax: 50 };
  const unit = plant.add("a", 1, image);
  const supervisor = plant.start([{ id: "inv" }]);
  await plant.play(3_000);
  const refused = unit.asked.filter(({ count }) => count > 50).length;
  ok(refused > 0);
  await plant.play(3_000);
  await supervisor.stop();
  strictEqual(unit.asked.filter(({ count }) => count > 50).length, refused);
  deepStrictEqual(slotsOf(plant.of("inv"), "inv", 1_000), range(0, 5));
  strictEqual(plant.of("inv")[0]?.source.serial, "SN1");
});

Deno.test("a chain that ends without a response is accepted if it ends there twice", async () => {
  const plant = await createFakePlant();
  const unit = plant.add("a", 1, inverterImage());
  unit.fault = ({ address, count }) => address + count > 40_122 ? TIMEOUT : undefined;
  const supervisor = plant.start([{ id: "inv" }]);
  await plant.play(60_000);
  await supervisor.stop();
  strictEqual(plant.discoveries(), 2);
  ok(plant.of("inv").length > 40);
});

Deno.test("a unit that does not answer at empty bases is found at another base", async () => {
  const plant = await createFakePlant();
  const unit = plant.add("a", 1, { ...inverterImage(), base: 0 });
  unit.fault = ({ address }) => address >= 40_000 ? TIMEOUT : undefined;
  const supervisor = plant.start([{ id: "inv" }]);
  await plant.play(60_000);
  await supervisor.stop();
  strictEqual(plant.discoveries(), 3);
  ok(plant.of("inv").length > 30);
});

Deno.test("a unit that does not answer large reads is polled with smaller ones", async () => {
  const plant = await createFakePlant();
  const unit = plant.add("a", 1, inverterImage());
  unit.fault = ({ count }) => count > 70 ? TIMEOUT : undefined;
  const supervisor = plant.start([{ id: "inv" }]);
  await plant.play(60_000);
  await supervisor.stop();
  ok(plant.of("inv").length > 40);
  strictEqual(supervisor.devices[0]?.state, "online");
});

Deno.test("a device whose layout differs between discovery and poll backs off", async () => {
  const plant = await createFakePlant();
  const unit = plant.add("a", 1, inverterImage());
  const discovered = inverterImage();
  const polled = inverterImage();
  polled.registers[70] = 101;
  unit.fault = ({ count }) => {
    unit.image = count > 100 ? polled : discovered;
    return undefined;
  };
  const supervisor = plant.start([{ id: "inv" }]);
  await plant.play(300_000);
  await supervisor.stop();
  strictEqual(plant.drafts.length, 0);
  ok(plant.discoveries() > 3);
  ok(plant.discoveries() < 60, `${plant.discoveries()} discoveries in 5 minutes`);
  deepStrictEqual(plant.changes.map(({ state }) => state), ["offline"]);
});

Deno.test("a device that changes its identity repeatedly does not flood the log", async () => {
  const plant = await createFakePlant();
  const unit = plant.add("a", 1, inverterImage());
  unit.fault = () => {
    const serial = Math.floor(plant.clock.monotonicMs() / 5_000);
    unit.image = inverterImage({ serial: `SN${serial}` });
    return undefined;
  };
  const supervisor = plant.start([{ id: "inv" }]);
  await plant.play(120_000);
  await supervisor.stop();
  ok(plant.drafts.length > 10);
  const lines = plant.log.events.length;
  ok(lines < 20, `${lines} lines in 2 minutes`);
});

Deno.test("an inverter that reports sleeping is asleep, not offline", async () => {
  const plant = await createFakePlant();
  const unit = plant.add("a", 1, inverterImage({ state: 4 }));
  const supervisor = plant.start([{ id: "inv", asleepIntervalMs: 1_000 }]);
  await plant.play(2_000);
  unit.image = inverterImage({ state: 2 });
  await plant.play(2_000);
  unit.image = inverterImage({ state: 4 });
  await plant.play(2_000);
  await supervisor.stop();
  deepStrictEqual(plant.changes.map(({ state }) => state), [
    "online",
    "asleep",
    "online",
  ]);
});

Deno.test("stop() abandons the current poll at once", async () => {
  const plant = await createFakePlant();
  const unit = plant.add("a", 1, inverterImage());
  const supervisor = plant.start([{ id: "inv", timeoutMs: 60_000 }]);
  await plant.play(2_000);
  unit.delayMs = 50_000;
  await plant.play(1_000);
  const stopMs = plant.clock.monotonicMs();
  await supervisor.stop();
  strictEqual(plant.clock.monotonicMs(), stopMs);
  strictEqual(plant.openHandles(), 0);
  strictEqual(plant.clock.pending, 0);
});

Deno.test("stop() waits for records to be appended within its grace", async () => {
  const plant = await createFakePlant();
  plant.add("a", 1, inverterImage());
  plant.add("b", 1, inverterImage());
  const supervisor = plant.start([{ id: "a", host: "a" }, { id: "b", host: "b" }]);
  plant.hook = ([draft], signal) =>
    plant.clock.sleep(draft?.source.device_id === "a" ? 1_500 : 1e9, signal);
  await plant.play(1_000);
  const stopping = supervisor.stop();
  let stopped = false;
  stopping.then(() => stopped = true);
  await plant.play(STOP_GRACE_MS - 100);
  strictEqual(plant.of("a").length, 1);
  strictEqual(stopped, false);
  await plant.play(200);
  strictEqual(stopped, true);
  strictEqual(plant.of("b").length, 0);
  strictEqual(plant.openHandles(), 0);
});

Deno.test("the scheduler ticks while all devices are offline", async () => {
  const plant = await createFakePlant();
  const supervisor = plant.start([{ id: "inv" }]);
  await plant.play(30_000);
  ok(plant.clock.monotonicMs() - supervisor.lastMoveMs <= 1_000);
  await supervisor.stop();
  strictEqual(supervisor.devices[0]?.state, "offline");
  ok((supervisor.devices[0]?.failures ?? 0) > 1);
});

Deno.test("a sleeping inverter is polled at its sleep interval, and its morning is detected within one slot", async () => {
  const plant = await createFakePlant();
  const unit = plant.add("a", 1, inverterImage({ state: 4 }));
  const supervisor = plant.start([{ id: "inv", asleepIntervalMs: 20_000 }]);
  await plant.play(5_000);
  unit.image = inverterImage({ state: 2 });
  await plant.play(5_000);
  const before = plant.drafts.length;
  await plant.play(200_000);
  const night = plant.drafts.slice(before);
  strictEqual(night.length, 10);
  ok(night.every(({ source }) => source.interval_ms === 20_000));
  ok(night.every(({ source }) => source.slots_missed === 0));
  slotsOf(night, "inv", 20_000);
  unit.image = inverterImage({ state: 4 });
  await plant.play(30_000);
  await supervisor.stop();
  ok(plant.drafts.length > before + 10 + 8);
  strictEqual(plant.drafts.at(-1)?.source.interval_ms, 1_000);
  deepStrictEqual(plant.changes.map(({ state }) => state), [
    "online",
    "asleep",
    "online",
  ]);
});

Deno.test("an inverter that stops answering at night is asleep, with one log line", async () => {
  const plant = await createFakePlant();
  const unit = plant.add("a", 1, inverterImage({ power: 500 }));
  const supervisor = plant.start([{ id: "inv" }]);
  await plant.play(60_000);
  unit.image = inverterImage({ power: 1 });
  await plant.play(60_000);
  let silent = 0;
  unit.fault = () => {
    silent++;
    return TIMEOUT;
  };
  await plant.play(1_800_000);
  ok(silent > 30);
  const logged = plant.log.events.map(({ name }) => name)
    .filter((name) => name !== "device.discovered" && name !== "device.flagged");
  deepStrictEqual(logged, ["device.online", "device.asleep"]);
  unit.fault = undefined;
  unit.image = inverterImage({ power: 500 });
  await plant.play(DEVICE_BACKOFF.longestMs + 2_000);
  await supervisor.stop();
  deepStrictEqual(plant.changes.map(({ state }) => state), [
    "online",
    "asleep",
    "online",
  ]);
  ok(plant.changes[1]?.reason?.includes("no response"), `${plant.changes[1]?.reason}`);
});

Deno.test("models that a device has only by day are found again in the morning", async () => {
  const plant = await createFakePlant();
  const day = inverterImage({ power: 500 });
  const unit = plant.add("a", 1, day);
  const supervisor = plant.start([{ id: "inv", asleepIntervalMs: 20_000 }]);
  await plant.play(5_000);
  unit.image = inverterImage({ power: 0 });
  await plant.play(5_000);
  const night = inverterImage({ power: 500 });
  night.registers.set([0xffff, 0], 70); // model 1 alone
  unit.image = night;
  await plant.play(120_000);
  const before = plant.drafts.length;
  strictEqual(supervisor.devices[0]?.state, "asleep");
  const logged = plant.log.events.map(({ name }) => name)
    .filter((name) => name !== "device.discovered" && name !== "device.flagged");
  deepStrictEqual(logged, ["device.online", "device.asleep"]);
  unit.image = day;
  await plant.play(30_000);
  await supervisor.stop();
  ok(plant.drafts.length > before + 5);
  // It answered all night, but without a model for a record.
  ok((plant.drafts[before]?.source.slots_missed ?? 0) >= 120_000 / 20_000);
  deepStrictEqual(plant.changes.map(({ state }) => state), [
    "online",
    "asleep",
    "online",
  ]);
});

Deno.test("models without a definition are skipped and logged once", async () => {
  const plant = await createFakePlant();
  const registers = [
    ...inverterImage().registers.subarray(0, 122),
    ...[64_999, 2, 1, 2],
    ...[0xffff, 0],
  ];
  plant.add("a", 1, { base: 40_000, registers: Uint16Array.from(registers) });
  const supervisor = plant.start([{ id: "inv" }]);
  await plant.play(5_000);
  await supervisor.stop();
  strictEqual(plant.of("inv").length, 5);
  const lines = plant.log.events.filter(({ name }) => name === "device.unknown_models");
  deepStrictEqual(lines.map(({ fields }) => fields["models"]), ["64999"]);
});
