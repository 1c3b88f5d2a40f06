/**
 * The poller over real Modbus TCP, against the simulator's server: shared addresses,
 * silent units, layouts and scale factors that change between polls.
 */

import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { SYSTEM_CLOCK, SYSTEM_RANDOM } from "../../src/platform/system_clock.ts";
import { createConnectionOpener } from "../../src/modbus/client.ts";
import { createSessionPool } from "../../src/modbus/session_pool.ts";
import { resolveHost } from "../../src/platform/resolve_host.ts";
import { gridOf } from "../../src/poller/schedule/grid.ts";
import { type DeviceSettings, toRoster } from "../../src/poller/roster/roster.ts";
import type { DeviceStateTransition } from "../../src/poller/device_state.ts";
import { startSupervisor, type Supervisor } from "../../src/poller/supervisor.ts";
import type { DeviceImage } from "../../src/simulator/device_image.ts";
import {
  type SimulatorServer,
  startServer,
} from "../../src/simulator/server/server.ts";
import type { Draft } from "../../src/records/record.ts";
import {
  inverterImage,
  POWER_ADDRESS,
  POWER_SCALE_ADDRESS,
} from "../../src/testing/devices/fake_plant.ts";
import { realDependencies } from "./real_dependencies.ts";

const INTERVAL_MS = 250;

interface World extends AsyncDisposable {
  readonly server: SimulatorServer;
  readonly supervisor: Supervisor;
  readonly drafts: Draft[];
  readonly changes: DeviceStateTransition[];
  of(deviceId: string): Draft[];
  /** Waits until a device has `count` drafts; fails after 10 s. */
  until(deviceId: string, count: number): Promise<void>;
}

function startWorld(
  units: ReadonlyMap<number, DeviceImage>,
  devices: readonly Partial<DeviceSettings>[],
  hook: (draft: Draft | undefined) => void = () => {},
): World {
  const server = startServer({ units });
  const drafts: Draft[] = [];
  const changes: DeviceStateTransition[] = [];
  const pool = createSessionPool({
    openConnection: createConnectionOpener(SYSTEM_CLOCK),
    resolve: resolveHost,
    clock: SYSTEM_CLOCK,
    random: SYSTEM_RANDOM,
  });
  const { entries } = toRoster(devices.map((device) => ({
    host: "127.0.0.1",
    port: server.port,
    unitIds: [1],
    intervalMs: INTERVAL_MS,
    timeoutMs: 1_000,
    connectTimeoutMs: 2_000,
    ...device,
  })));
  const dependencies = realDependencies(
    { pool },
    (made) => {
      hook(made[0]);
      drafts.push(...made);
    },
    (change) => void changes.push(change),
  );
  const supervisor = startSupervisor(entries, dependencies);
  const of = (id: string): Draft[] =>
    drafts.filter(({ source }) => source.device_id === id);
  return {
    server,
    supervisor,
    drafts,
    changes,
    of,
    async until(deviceId, count) {
      const endMs = performance.now() + 10_000;
      while (of(deviceId).length < count) {
        const last = supervisor.devices.map(({ lastFailure }) => lastFailure);
        ok(performance.now() < endMs, `${of(deviceId).length} of ${count}: ${last}`);
        await pause(20);
      }
    },
    async [Symbol.asyncDispose]() {
      await supervisor.stop();
      await pool.close();
      await server.close();
    },
  };
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

Deno.test("two units of one address are polled over one connection, each on its grid", async () => {
  const units = new Map([
    [1, inverterImage({ serial: "A" })],
    [2, inverterImage({ serial: "B" })],
  ]);
  const intervalMs = 1_000;
  await using world = startWorld(units, [{ id: "inv", unitIds: [1, 2], intervalMs }]);
  await world.until("inv-1", 3);
  await world.until("inv-2", 3);
  strictEqual(world.server.stats.sessions, 1);
  for (const id of ["inv-1", "inv-2"]) {
    const { offsetMs } = gridOf(id, intervalMs);
    for (const { source } of world.of(id)) {
      const lateMs = (source.sampled_at - offsetMs) % intervalMs;
      ok(lateMs < intervalMs / 2, `${id} started ${lateMs} ms late`);
    }
  }
});

Deno.test("a silent unit costs the other unit of its address slots, but no failure", async () => {
  const units = new Map([
    [1, inverterImage({ serial: "A" })],
    [2, inverterImage({ serial: "B" })],
  ]);
  await using world = startWorld(units, [
    { id: "inv", unitIds: [1, 2], timeoutMs: 300 },
  ]);
  await world.until("inv-2", 2);
  const silence = world.server.inject({ fault: { kind: "silent" }, unitId: 2 });
  const startMs = performance.now();
  const before = world.of("inv-1").length;
  while (performance.now() - startMs < 4_000) await pause(50);
  ok(silence.fired >= 3, `${silence.fired} silences`);
  const [first, second] = world.supervisor.devices;
  strictEqual(first?.failures, 0);
  strictEqual(second?.state, "offline");
  const slots = 4_000 / INTERVAL_MS;
  const gained = world.of("inv-1").length - before;
  ok(gained >= slots / 3, `${gained} of ${slots} slots`);
  silence.remove();
  const count = world.of("inv-2").length;
  await world.until("inv-2", count + 2);
  deepStrictEqual(
    world.changes.filter(({ unitId }) => unitId === 2).map(({ state }) => state),
    ["online", "offline", "online"],
  );
});

Deno.test("a layout that changes is discovered again, and no value is read from a wrong address", async () => {
  const before = inverterImage({ power: 123, scale: 1 });
  const units = new Map([[1, before]]);
  await using world = startWorld(units, [{ id: "inv" }]);
  await world.until("inv", 3);
  const after = inverterImage({ power: 123, scale: 1 });
  // The same device with a model of four registers before the inverter model.
  const moved = new Uint16Array(after.registers.length + 6);
  moved.set(after.registers.subarray(0, 70));
  moved.set([65_000, 4, 9, 9, 9, 9], 70);
  moved.set(after.registers.subarray(70), 76);
  units.set(1, { base: 40_000, registers: moved });
  const count = world.of("inv").length;
  await world.until("inv", count + 3);
  ok(world.drafts.every(({ fields }) => fields["ac_power_w"] === 1_230));
  strictEqual(world.supervisor.devices[0]?.failures, 1);
});

Deno.test("a scale factor that changes between two requests of a poll gives no wrong value", async () => {
  const image = inverterImage({ power: 123, scale: 1 });
  let requests = 0;
  let flips = 0;
  const split: DeviceImage = {
    ...image,
    registersPerReadMax: 32,
    before() {
      if (++requests % 3 !== 0) return;
      flips++;
      const fine = flips % 2 === 1;
      image.registers[POWER_ADDRESS - image.base] = fine ? 1_230 : 123;
      image.registers[POWER_SCALE_ADDRESS - image.base] = fine ? 0 : 1;
    },
  };
  await using world = startWorld(new Map([[1, split]]), [{
    id: "inv",
    intervalMs: 50,
  }]);
  await world.until("inv", 60);
  ok(flips > 30, `${flips} flips`);
  const powers = world.of("inv").map(({ fields }) => fields["ac_power_w"]);
  deepStrictEqual(powers.filter((power) => power !== 1_230 && power !== null), []);
  ok(powers.filter((power) => power === 1_230).length > 10);
});

Deno.test("an actor that throws does not delay the others", async () => {
  const units = new Map([
    [1, inverterImage({ serial: "A" })],
    [2, inverterImage({ serial: "B" })],
  ]);
  let thrown = 0;
  await using world = startWorld(
    units,
    [{ id: "a", unitIds: [1] }, { id: "b", unitIds: [2] }],
    (draft) => {
      if (draft?.source.device_id !== "a" || thrown >= 2) return;
      thrown++;
      throw new Error("planted");
    },
  );
  await world.until("a", 2);
  strictEqual(thrown, 2);
  const [a, b] = world.supervisor.devices;
  deepStrictEqual([a?.restarts, b?.restarts], [2, 0]);
  const missed = world.of("b").map(({ source }) => source.slots_missed);
  ok(missed.filter((count) => count > 0).length <= 2, `${missed}`); // a busy machine
});

Deno.test("the first failure states the step and the likely cause", async () => {
  const units = new Map([[1, { base: 40_000, registers: new Uint16Array(200) }]]);
  await using world = startWorld(units, [
    { id: "closed", port: 1 },
    { id: "empty" },
    { id: "absent", unitIds: [7] },
  ]);
  const endMs = performance.now() + 8_000;
  while (world.changes.length < 3 && performance.now() < endMs) await pause(50);
  const reasonOf = (id: string): string =>
    world.changes.find(({ deviceId }) => deviceId === id)?.reason ?? "nothing";
  ok(/Modbus TCP is off/.test(reasonOf("closed")), reasonOf("closed"));
  ok(/SunS/.test(reasonOf("empty")), reasonOf("empty"));
  ok(/unit 7.*0x0B/.test(reasonOf("absent")), reasonOf("absent"));
});
