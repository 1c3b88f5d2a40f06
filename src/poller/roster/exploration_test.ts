import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import {
  createFakePlant,
  type FakePlant,
  inverterImage,
} from "../../testing/devices/fake_plant.ts";
import {
  FIRST_SCAN_DELAY_MS,
  MISSING_RESCAN_MS,
} from "../../discovery/subnet_watch.ts";
import type { KnownDevice } from "../../discovery/known_devices.ts";
import { createDeviceCache } from "../../device/device_cache.ts";
import {
  createExploration,
  type Exploration,
  type ExplorationSettings,
} from "./exploration.ts";
import type { Supervisor } from "../supervisor.ts";
import type { DeviceSettings } from "./roster.ts";

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
  readonly saved: () => readonly KnownDevice[];
  /** Monotonic time of the end of each scan. */
  readonly looks: number[];
  stop(): Promise<void>;
}

function explore(
  plant: FakePlant,
  devices: readonly Partial<DeviceSettings>[] = [],
  settings: Partial<ExplorationSettings> = {},
  before: readonly KnownDevice[] = [],
): World {
  let saved: readonly KnownDevice[] = before;
  const looks: number[] = [];
  const exploration = createExploration(plant.rosterOf(devices), {
    ...SETTINGS,
    ...settings,
  }, {
    pool: plant.pool,
    clock: plant.clock,
    cache: createDeviceCache(plant.memory),
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
      strictEqual(plant.openHandles(), 0);
      strictEqual(plant.clock.pending, 0);
    },
  };
}

function ids({ supervisor }: World): (string | null)[] {
  return supervisor.devices.map(({ deviceId }) => deviceId).sort();
}

Deno.test("found devices are polled unless their address or identity is configured", async () => {
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

Deno.test("found devices are not polled if they are only reported", async () => {
  const plant = await createFakePlant();
  plant.add("a", 1, inverterImage({ serial: "SN7" }));
  const world = explore(plant, [], { adopt: false });
  await plant.play(10_000);
  deepStrictEqual(ids(world), []);
  const found = plant.log.events.filter(({ name }) => name === "discovery.found");
  deepStrictEqual(found.map(({ fields }) => [fields["serial"], fields["adopted"]]), [
    ["SN7", false],
  ]);
  // When adoption is enabled, it is polled without another scan.
  const looks = world.looks.length;
  await world.supervisor.update(world.exploration.update([], SETTINGS));
  await plant.play(2 * FIRST_SCAN_DELAY_MS);
  deepStrictEqual(ids(world), ["acme-x1-sn7"]);
  strictEqual(world.looks.length, looks);
  await world.stop();
});

Deno.test("known devices are polled at once after a start and not scanned", async () => {
  const plant = await createFakePlant();
  const unit = plant.add("a", 1, inverterImage({ serial: "SN7" }));
  const first = explore(plant);
  await plant.play(10_000);
  await first.stop();
  const asked = unit.asked.length;
  const second = explore(plant, [], {}, first.saved());
  await plant.play(FIRST_SCAN_DELAY_MS - 1_000);
  ok(plant.of("acme-x1-sn7").length > 0);
  strictEqual(second.looks.length, 0);
  await plant.play(20_000);
  strictEqual(second.looks.length, 1);
  // Polls of one or two reads per second, and no discovery.
  ok(unit.asked.length - asked < 60, `${unit.asked.length - asked} requests`);
  await second.stop();
});

Deno.test("a moved device is found within minutes and keeps its id", async () => {
  const plant = await createFakePlant();
  plant.add("a", 1, inverterImage({ serial: "SN7" }));
  const world = explore(plant);
  await plant.play(20_000);
  plant.remove("a");
  plant.add("c", 1, inverterImage({ serial: "SN7" }));
  await plant.play(4 * MISSING_RESCAN_MS);
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

Deno.test("a missing device is kept, retried and searched at growing intervals", async () => {
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

Deno.test("two devices that swap addresses keep their ids", async () => {
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

Deno.test("found devices without a serial number are devices of their own, told apart by their addresses", async () => {
  const plant = await createFakePlant();
  const units = ["a", "b"].map((host, at) =>
    plant.add(host, 1, inverterImage({ serial: "", power: 100 + at }))
  );
  plant.add("a", 2, inverterImage({ serial: "" })); // one device may answer at two units
  plant.add("c", 1, inverterImage({ serial: "0000", power: 102 }));
  const world = explore(plant);
  await plant.play(30_000);
  const found = plant.log.events.filter(({ name }) => name === "discovery.found");
  deepStrictEqual(found.map(({ fields }) => [fields["device"], fields["adopted"]]), [
    ["a:502/1", true],
    ["a:502/2", false],
    ["b:502/1", true],
    ["c:502/1", true],
  ]);
  const named = ["acme-x1-a-502", "acme-x1-b-502", "acme-x1-0000-c-502"];
  for (const [at, id] of named.entries()) {
    ok(plant.of(id).length > 10, id);
    ok(plant.of(id).every(({ fields }) => fields["ac_power_w"] === 1_000 + 10 * at));
  }
  strictEqual(plant.drafts.length, named.flatMap((id) => plant.of(id)).length);
  const oddities = plant.log.events.filter(({ name, fields }) =>
    name === "device.oddity" &&
    String(fields["oddity"]).includes("id contains its address")
  );
  strictEqual(oddities.length, 3);
  // A serial number that is empty for a while does not change an id.
  const [unit] = units;
  ok(unit);
  unit.image = inverterImage({ serial: "SN7" });
  await plant.play(10_000);
  unit.image = inverterImage({ serial: "" });
  plant.drafts.length = 0;
  await plant.play(10_000);
  ok(plant.of("acme-x1-sn7").length > 5);
  strictEqual(plant.of("acme-x1-a-502").length, 0);
  await world.stop();
});
