import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import {
  createFakePlant,
  type FakePlant,
  inverterImage,
} from "../../../tests/poller/fake_plant.ts";
import { FIRST_LOOK_MS, MISSING_FIRST_MS } from "../../discovery/subnet_watch.ts";
import type { FoundDevice } from "../../discovery/found_devices.ts";
import { createDeviceMemory } from "../../device/device_cache.ts";
import {
  createExploration,
  type Exploration,
  type ExplorationSettings,
} from "./exploration.ts";
import type { Supervisor } from "../device_report.ts";
import type { ConfiguredDevice } from "./roster.ts";

const HOUR_MS = 3_600_000;

const SETTINGS: ExplorationSettings = {
  hosts: ["a", "b", "c"],
  ports: [502],
  unitIds: [1, 2],
  rescanMs: HOUR_MS,
  adopt: true,
  intervalMs: 1_000,
};

interface World {
  readonly plant: FakePlant;
  readonly supervisor: Supervisor;
  readonly exploration: Exploration;
  readonly saved: () => readonly FoundDevice[];
  /** `monotonicMs` of each look's end. */
  readonly looks: number[];
  stop(): Promise<void>;
}

function explore(
  plant: FakePlant,
  devices: readonly Partial<ConfiguredDevice>[] = [],
  settings: Partial<ExplorationSettings> = {},
  before: readonly FoundDevice[] = [],
): World {
  let saved: readonly FoundDevice[] = before;
  const looks: number[] = [];
  const exploration = createExploration(plant.rosterOf(devices), {
    ...SETTINGS,
    ...settings,
  }, {
    pool: plant.pool,
    clock: plant.clock,
    memory: createDeviceMemory(plant.memory),
    before,
    log: {
      event(name, fields) {
        if (name === "discovery.looked") looks.push(plant.clock.monotonicMs());
        plant.log.event(name, fields);
      },
    },
    save: (found) => void (saved = found),
  });
  const supervisor = plant.startRoster(exploration.roster);
  const end = new AbortController();
  const exploring = exploration.run(supervisor, end.signal).catch(() => {});
  return {
    plant,
    supervisor,
    exploration,
    saved: () => saved,
    looks,
    async stop() {
      end.abort(new Error("over"));
      await exploring;
      await supervisor.stop();
      strictEqual(plant.leased(), 0);
      strictEqual(plant.clock.pending, 0);
    },
  };
}

function ids({ supervisor }: World): (string | null)[] {
  return supervisor.devices.map(({ deviceId }) => deviceId).sort();
}

Deno.test("what is found is polled beside what is configured, which wins by address and by identity", async () => {
  const plant = await createFakePlant();
  plant.add("a", 1, inverterImage({ serial: "SN7" }));
  plant.add("b", 1, inverterImage({ serial: "SN8" }));
  plant.add("c", 1, inverterImage({ serial: "SN8" })); // the same device, configured at b
  plant.add("c", 2, inverterImage({ serial: "SN9" }));
  const world = explore(plant, [{ id: "inv", host: "b" }]);
  await plant.play(20_000);
  deepStrictEqual(ids(world), ["acme-x1-sn7", "acme-x1-sn9", "inv"]);
  ok(plant.of("acme-x1-sn7").length > 5);
  ok(plant.of("inv").length >= 19);
  await world.stop();
});

Deno.test("what is only reported is not polled", async () => {
  const plant = await createFakePlant();
  plant.add("a", 1, inverterImage({ serial: "SN7" }));
  const world = explore(plant, [], { adopt: false });
  await plant.play(10_000);
  deepStrictEqual(ids(world), []);
  const found = plant.log.events.filter(({ name }) => name === "discovery.found");
  deepStrictEqual(found.map(({ fields }) => [fields["serial"], fields["adopted"]]), [
    ["SN7", false],
  ]);
  // Once it may be, it is, without another look.
  const looks = world.looks.length;
  await world.supervisor.follow(world.exploration.follow([], SETTINGS));
  await plant.play(2 * FIRST_LOOK_MS);
  deepStrictEqual(ids(world), ["acme-x1-sn7"]);
  strictEqual(world.looks.length, looks);
  await world.stop();
});

Deno.test("known devices are polled at once after a start, and looked at no more", async () => {
  const plant = await createFakePlant();
  const unit = plant.add("a", 1, inverterImage({ serial: "SN7" }));
  const first = explore(plant);
  await plant.play(10_000);
  await first.stop();
  const asked = unit.asked.length;
  const second = explore(plant, [], {}, first.saved());
  await plant.play(FIRST_LOOK_MS - 1_000);
  ok(plant.of("acme-x1-sn7").length > 0);
  strictEqual(second.looks.length, 0);
  await plant.play(20_000);
  strictEqual(second.looks.length, 1);
  // Polls of one or two reads a second, and no walk along its chain.
  ok(unit.asked.length - asked < 60, `${unit.asked.length - asked} requests`);
  await second.stop();
});

Deno.test("a device that moved is followed within minutes, under its own name", async () => {
  const plant = await createFakePlant();
  plant.add("a", 1, inverterImage({ serial: "SN7" }));
  const world = explore(plant);
  await plant.play(20_000);
  plant.remove("a");
  plant.add("c", 1, inverterImage({ serial: "SN7" }));
  await plant.play(4 * MISSING_FIRST_MS);
  deepStrictEqual(
    world.supervisor.devices.map(({ key, deviceId, state }) => [
      key,
      deviceId,
      state,
    ]),
    [["c:502/1", "acme-x1-sn7", "online"]],
  );
  ok(plant.log.events.some(({ name }) => name === "discovery.moved"));
  await world.stop();
});

Deno.test("a device that vanished is kept and retried, and looked for less and less often", async () => {
  const plant = await createFakePlant();
  plant.add("a", 1, inverterImage({ serial: "SN7" }));
  const world = explore(plant);
  await plant.play(20_000);
  plant.remove("a");
  await plant.play(HOUR_MS);
  strictEqual(world.supervisor.devices[0]?.state, "offline");
  ok(
    world.looks.length >= 5 && world.looks.length <= 8,
    `${world.looks.length} looks`,
  );
  plant.add("a", 1, inverterImage({ serial: "SN7" }));
  await plant.play(2 * 60_000);
  strictEqual(world.supervisor.devices[0]?.state, "online");
  await world.stop();
});

Deno.test("two devices that change places keep their names", async () => {
  const plant = await createFakePlant();
  const a = plant.add("a", 1, inverterImage({ serial: "SN7" }));
  const b = plant.add("b", 1, inverterImage({ serial: "SN8" }));
  const world = explore(plant);
  await plant.play(20_000);
  [a.image, b.image] = [b.image, a.image];
  await plant.play(3 * 60_000);
  const before = plant.drafts.length;
  await plant.play(10_000);
  const after = plant.drafts.slice(before);
  for (const serial of ["SN7", "SN8"]) {
    const mine = after.filter(({ source }) => source.serial === serial);
    ok(mine.length >= 9, `${mine.length} of ${serial}`);
    ok(
      mine.every(({ source }) =>
        source.device_id === `acme-x1-${serial.toLowerCase()}`
      ),
    );
  }
  await world.stop();
});
