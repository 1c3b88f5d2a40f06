/**
 * Sub-devices that leave the chain of their device, come back, change places or have
 * empty texts: each keeps its id and its records.
 */

import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
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
  deepStrictEqual(await after(chain, [A], 70_000), ["plant.2 100 W"]);
  await chain.supervisor.stop();
});
