/**
 * Sub-devices that leave the chain of their device, come back, change places or have
 * empty texts: each keeps its id and its records.
 */

import { deepStrictEqual, match, ok, strictEqual } from "node:assert/strict";
import { type ChainDevice, chainImage } from "../testing/devices/chain_image.ts";
import {
  createFakePlant,
  type FakePlant,
  type FakeUnit,
} from "../testing/devices/fake_plant.ts";
import type { Supervisor } from "./supervisor.ts";

const INVERTER: ChainDevice = { kind: "inverter", serial: "1", power: 900 };
const [A, B, C] = [meter("77", 100), meter("78", 200), meter("79", 300)] as const;

function meter(serial: string, power: number): ChainDevice {
  return { kind: "meter", serial, power };
}

function blank(device: ChainDevice): ChainDevice {
  return { ...device, serial: null };
}

interface Chain {
  readonly plant: FakePlant;
  readonly unit: FakeUnit;
  readonly supervisor: Supervisor;
}

/** Polls a chain once per second; the device is `plant`. */
async function startChain(
  parts: readonly ChainDevice[],
  cache: ReadonlyMap<string, unknown> = new Map(),
): Promise<Chain> {
  const plant = await createFakePlant();
  for (const [key, value] of cache) plant.memory.set(key, value);
  const unit = plant.add("a", 1, chainImage(parts));
  return { plant, unit, supervisor: plant.start([{ id: "plant" }]) };
}

/** The id and the power of each record since the last call, without repetitions. */
function seen({ plant }: Chain): string[] {
  const drafts = plant.drafts.splice(0);
  return [
    ...new Set(
      drafts.map(({ source, fields }) =>
        `${source.device_id} ${fields["ac_power_w"] ?? fields["power_w"]} W`
      ),
    ),
  ].sort();
}

/** The records of the last `forMs` of a chain that has changed. */
async function after(
  chain: Chain,
  parts: readonly ChainDevice[],
  forMs: number,
): Promise<string[]> {
  chain.unit.image = chainImage(parts);
  await chain.plant.play(forMs);
  return seen(chain);
}

Deno.test("a sub-device keeps its id when the one before it drops out of the chain", async () => {
  const chain = await startChain([INVERTER, A, B]);
  await chain.plant.play(3_000);
  deepStrictEqual(seen(chain), ["plant 900 W", "plant.2 100 W", "plant.3 200 W"]);
  deepStrictEqual(await after(chain, [INVERTER, B], 5_000), [
    "plant 900 W",
    "plant.3 200 W",
  ]);
  deepStrictEqual(await after(chain, [INVERTER, C, B], 70_000), [
    "plant 900 W",
    "plant.3 200 W",
    "plant.4 300 W",
  ]);
  await chain.supervisor.stop();
});

Deno.test("sub-devices keep their ids across a restart that finds them in another order", async () => {
  const first = await startChain([INVERTER, A, B]);
  await first.plant.play(3_000);
  await first.supervisor.stop();
  const second = await startChain([INVERTER, B, A], first.plant.memory);
  await second.plant.play(5_000);
  deepStrictEqual(seen(second), ["plant 900 W", "plant.2 100 W", "plant.3 200 W"]);
  await second.supervisor.stop();
});

Deno.test("a cache without numbers gives the sub-devices those of their places", async () => {
  const first = await startChain([INVERTER, A, B]);
  await first.plant.play(3_000);
  await first.supervisor.stop();
  ok(first.plant.memory.delete("parts plant"));
  const second = await startChain([INVERTER, A, B], first.plant.memory);
  await second.plant.play(3_000);
  deepStrictEqual(seen(second), ["plant 900 W", "plant.2 100 W", "plant.3 200 W"]);
  strictEqual(second.plant.discoveries(), 0);
  await second.supervisor.stop();
});

Deno.test("a sub-device without texts for some polls keeps its id", async () => {
  const chain = await startChain([INVERTER, A, B]);
  await chain.plant.play(3_000);
  seen(chain);
  deepStrictEqual(await after(chain, [INVERTER, blank(A), B], 3_000), [
    "plant 900 W",
    "plant.2 100 W",
    "plant.3 200 W",
  ]);
  strictEqual(chain.plant.discoveries(), 1);
  await chain.supervisor.stop();
});

Deno.test("a sub-device that becomes the first of the chain keeps its id", async () => {
  const chain = await startChain([INVERTER, A]);
  await chain.plant.play(3_000);
  seen(chain);
  deepStrictEqual(await after(chain, [A], 5_000), ["plant.2 100 W"]);
  // Here the end of the chain does not fit into the request of a poll.
  deepStrictEqual(await after(chain, [A, INVERTER], 65_000), [
    "plant 900 W",
    "plant.2 100 W",
  ]);
  await chain.supervisor.stop();
});

Deno.test("a sub-device that comes back at the end of the chain is polled again with the next poll", async () => {
  const chain = await startChain([INVERTER, A, B]);
  await chain.plant.play(3_000);
  await after(chain, [INVERTER, B], 5_000);
  deepStrictEqual(await after(chain, [INVERTER, B, A], 3_000), [
    "plant 900 W",
    "plant.2 100 W",
    "plant.3 200 W",
  ]);
  await chain.supervisor.stop();
});

Deno.test("a meter that was added while the agent was stopped is found after a restart", async () => {
  const first = await startChain([INVERTER]);
  await first.plant.play(3_000);
  await first.supervisor.stop();
  const second = await startChain([INVERTER, A], first.plant.memory);
  await second.plant.play(4_000);
  deepStrictEqual(seen(second), ["plant 900 W", "plant.2 100 W"]);
  await second.supervisor.stop();
});

Deno.test("a device that refuses reads across the end of its chain is asked for the end once a minute", async () => {
  const plant = await createFakePlant();
  const end = 40_000 + chainImage([INVERTER, A]).registers.length - 2;
  const unit = plant.add("a", 1, chainImage([INVERTER, A]));
  unit.fault = ({ address, count }) =>
    address < end && address + count > end ? { kind: "exception", code: 2 } : undefined;
  const supervisor = plant.start([{ id: "plant" }]);
  await plant.play(10_000);
  unit.asked.length = 0;
  await plant.play(120_000);
  strictEqual(unit.asked.filter(({ address }) => address === end).length, 2);
  ok(
    unit.asked.every(({ address, count }) => address >= end || address + count <= end),
  );
  unit.image = chainImage([INVERTER, A, B]);
  unit.fault = undefined;
  await plant.play(65_000);
  await supervisor.stop();
  ok(plant.of("plant.3").length > 0);
});

Deno.test("a model 1 that is refused for a while leaves the records of its part where they were", async () => {
  const chain = await startChain([INVERTER, A]);
  await chain.plant.play(3_000);
  seen(chain);
  const meterAt = 40_000 + chainImage([INVERTER]).registers.length - 2;
  const refuse = (from: number, size: number): void => {
    chain.unit.fault = ({ address, count }) =>
      address < from + size && address + count > from && count > 2
        ? { kind: "exception", code: 2 }
        : undefined;
  };
  refuse(meterAt, 68);
  const firmware = chainImage([INVERTER, A]);
  firmware.registers[44] = 0x3200; // the device is discovered again
  chain.unit.image = firmware;
  await chain.plant.play(20_000);
  deepStrictEqual(seen(chain), ["plant 900 W", "plant.2 100 W"]);
  refuse(meterAt + 68, 107);
  firmware.registers[44] = 0x3300;
  await chain.plant.play(20_000);
  seen(chain);
  await chain.plant.play(5_000);
  deepStrictEqual(seen(chain), ["plant 900 W"]);
  const [note] = chain.supervisor.devices[0]?.notes ?? [];
  match(note ?? "", /^model 203 at 40190 is skipped: .*asked for again every minute$/);
  chain.unit.fault = undefined;
  await chain.plant.play(60_000);
  deepStrictEqual(seen(chain), ["plant 900 W", "plant.2 100 W"]);
  deepStrictEqual(chain.supervisor.devices[0]?.notes, []);
  await chain.supervisor.stop();
});

Deno.test("the report states which sub-device is left out, and that a device gives no record", async () => {
  const chain = await startChain([INVERTER, A, B]);
  await chain.plant.play(3_000);
  deepStrictEqual(chain.supervisor.devices[0]?.notes, []);
  await after(chain, [INVERTER, blank(B)], 5_000);
  deepStrictEqual(chain.supervisor.devices[0]?.notes, [
    "the sub-device at 40122 is left out: its model 1 does not show whether it is one of " +
    "plant.2, plant.3 or another device",
  ]);
  deepStrictEqual(await after(chain, [INVERTER, blank(B)], 620_000), [
    "plant 900 W",
    "plant.4 200 W",
  ]);
  await chain.supervisor.stop();
  const plant = await createFakePlant();
  const { base, registers } = chainImage([INVERTER]);
  const common = Uint16Array.from([...registers.slice(0, 70), 0xffff, 0]);
  plant.add("a", 1, { base, registers: common });
  const supervisor = plant.start([{ id: "plant" }]);
  await plant.play(3_000);
  await supervisor.stop();
  deepStrictEqual(supervisor.devices[0]?.notes, [
    "no record since the start: the device has no model that records are made from",
  ]);
});

Deno.test("another identity is believed only after a read over a new connection", async () => {
  const plant = await createFakePlant();
  const unit = plant.add("a", 1, chainImage([INVERTER]));
  const supervisor = plant.start([{}]);
  await plant.play(3_000);
  const other: ChainDevice = { ...INVERTER, serial: "2" };
  // Until the connection is renewed, the responses are those of another device.
  let wrong = 0;
  unit.fault = () => {
    const stale = plant.renewals() === 0;
    if (stale) wrong++;
    unit.image = chainImage([stale ? other : INVERTER]);
    return undefined;
  };
  await plant.play(10_000);
  ok(wrong > 0);
  strictEqual(plant.renewals(), 1);
  strictEqual(plant.of("acme-x1-2").length, 0);
  ok(plant.of("acme-x1-1").length > 8);
  unit.fault = undefined;
  unit.image = chainImage([other]);
  await plant.play(10_000);
  await supervisor.stop();
  strictEqual(plant.renewals(), 2);
  ok(plant.of("acme-x1-2").length > 5);
});

Deno.test("a sub-device does not get the id of another device", async () => {
  const plant = await createFakePlant();
  plant.add("a", 1, chainImage([INVERTER, A]));
  plant.add("b", 1, chainImage([{ ...INVERTER, serial: "9" }]));
  const supervisor = plant.start([{}, { id: "acme-x1-1.2", host: "b" }]);
  await plant.play(5_000);
  await supervisor.stop();
  const ids = new Set(plant.drafts.map(({ source }) => source.device_id));
  deepStrictEqual([...ids].sort(), ["acme-x1-1", "acme-x1-1.2", "acme-x1-1.3"]);
  ok(plant.of("acme-x1-1.2").every(({ source }) => source.serial === "9"));
});

Deno.test("device.changed names the sub-device, and an event states what came and went", async () => {
  const chain = await startChain([INVERTER, A, B]);
  await chain.plant.play(120_000);
  const { plant } = chain;
  const lines = (name: string): unknown[] =>
    plant.log.events.filter((line) => line.name === name).map(({ fields }) => fields);
  deepStrictEqual(plant.layoutChanges, []);
  await after(chain, [INVERTER, C, B], 120_000);
  const [changed] = lines("device.changed") as { change: string; at: string }[];
  match(
    changed?.change ?? "",
    /at 40122 \(plant\.2\): serial changed from "77" to "79"/,
  );
  const [layout] = lines("device.layout_changed") as { came: string; went: string }[];
  strictEqual(layout?.came, "plant.4 (Meters X1 79: models 203)");
  strictEqual(layout?.went, "plant.2 (Meters X1 77: models 203)");
  deepStrictEqual(
    plant.layoutChanges.map(({ deviceId, came, went }) => [deviceId, came, went]),
    [[
      "plant",
      [{
        deviceId: "plant.4",
        texts: { manufacturer: "Meters", model: "X1", serial: "79" },
        models: [1, 203],
      }],
      [{
        deviceId: "plant.2",
        texts: { manufacturer: "Meters", model: "X1", serial: "77" },
        models: [1, 203],
      }],
    ]],
  );
  await chain.supervisor.stop();
});
