/**
 * Random chains of sub-devices against a model: a stream never carries two devices, a
 * number is never reassigned, and what is present is polled within the stated time.
 */

import { ok, strictEqual } from "node:assert/strict";
import fc from "fast-check";
import type { ReadRequest } from "../modbus/reader.ts";
import { type ChainDevice, chainImage } from "../testing/devices/chain_image.ts";
import { createFakePlant } from "../testing/devices/fake_plant.ts";
import { CHAIN_CHECK_INTERVAL_MS } from "./commissioning/chain_check.ts";

const INTERVAL_MS = 5_000;

/** A check once a minute, a discovery, and the poll after it. */
const SETTLE_MS = CHAIN_CHECK_INTERVAL_MS + 3 * INTERVAL_MS;

const METERS = 4;

/** The power identifies a device in its records, whatever its texts are. */
const HEAD: ChainDevice = { kind: "inverter", serial: "1", power: 900 };

function meter(nth: number): ChainDevice {
  return { kind: "meter", serial: `M${nth}`, power: 100 + nth };
}

type Step =
  /** The meters behind the inverter, in this order. */
  | { readonly kind: "chain"; readonly meters: readonly number[] }
  /** The texts of some meters are empty for two polls. */
  | { readonly kind: "blank"; readonly of: number }
  /** Reads of a part of the chain are refused for a while, and the device is discovered. */
  | { readonly kind: "refuse"; readonly of: number; readonly model: "common" | "meter" }
  | { readonly kind: "restart" };

const STEPS: fc.Arbitrary<readonly Step[]> = fc.array(
  fc.oneof(
    { weight: 4, arbitrary: chain() },
    {
      weight: 2,
      arbitrary: fc.record({ kind: fc.constant("blank"), of: fc.nat(METERS - 1) }),
    },
    {
      weight: 2,
      arbitrary: fc.record({
        kind: fc.constant("refuse"),
        of: fc.nat(METERS - 1),
        model: fc.constantFrom("common", "meter"),
      }),
    },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant("restart") }) },
  ),
  { minLength: 1, maxLength: 7 },
);

/** Each kind of step at least once. */
const EXAMPLES: [readonly Step[]][] = [[[
  { kind: "blank", of: 0 },
  { kind: "refuse", of: 1, model: "common" },
  { kind: "chain", meters: [1] },
  { kind: "refuse", of: 1, model: "meter" },
  { kind: "restart" },
  { kind: "chain", meters: [2, 1, 0] },
]]];

function chain(): fc.Arbitrary<Step> {
  return fc.shuffledSubarray([...Array(METERS).keys()])
    .map((meters): Step => ({ kind: "chain", meters }));
}

Deno.test("property: sub-devices keep their streams through changes, empty texts, refusals and restarts", async () => {
  const fired = { blank: 0, refuse: 0, restart: 0, chain: 0 };
  await fc.assert(
    fc.asyncProperty(STEPS, async (steps) => {
      const plant = await createFakePlant();
      const unit = plant.add("a", 1, chainImage([HEAD]));
      const settings = { id: "plant", intervalMs: INTERVAL_MS };
      let supervisor = plant.start([settings]);
      let meters: readonly number[] = [];
      const owners = new Map<string, number>();
      const ids = new Map<number, string>();

      /** Asserts that each stream belongs to one device and each device to one stream. */
      async function play(forMs: number): Promise<void> {
        plant.drafts.length = 0;
        await plant.play(forMs);
        for (const { source: { device_id: id, serial }, fields } of plant.drafts) {
          const power = Number(fields["ac_power_w"] ?? fields["power_w"]);
          strictEqual(owners.get(id) ?? power, power, id);
          strictEqual(ids.get(power) ?? id, id);
          owners.set(id, power);
          ids.set(power, id);
          if (serial !== null && power !== HEAD.power) {
            strictEqual(serial, `M${power - 100}`);
          }
        }
      }

      function partsOf(blank: number | undefined): readonly ChainDevice[] {
        return [
          HEAD,
          ...meters.map((nth) =>
            nth === blank ? { ...meter(nth), serial: null } : meter(nth)
          ),
        ];
      }

      for (const step of [{ kind: "chain", meters: [0, 1] } as const, ...steps]) {
        if (step.kind === "chain") {
          meters = step.meters;
          unit.image = chainImage(partsOf(undefined));
        } else if (step.kind === "restart") {
          await supervisor.stop();
          supervisor = plant.start([settings]);
        } else if (meters.includes(step.of)) {
          if (step.kind === "blank") {
            unit.image = chainImage(partsOf(step.of));
            await play(2 * INTERVAL_MS);
            unit.image = chainImage(partsOf(undefined));
          } else {
            const before = meters.slice(0, meters.indexOf(step.of));
            const start = 40_000 - 2 +
              chainImage([HEAD, ...before.map(meter)]).registers.length;
            const [from, size] = step.model === "common"
              ? [start, 68]
              : [start + 68, 107];
            unit.fault = (request: ReadRequest) =>
              request.address < from + size && request.count > 2 &&
                request.address + request.count > from
                ? { kind: "exception", code: 2 }
                : undefined;
            await supervisor.stop();
            supervisor = plant.start([settings]);
            await play(4 * INTERVAL_MS);
            unit.fault = undefined;
          }
        } else continue;
        fired[step.kind]++;
        await play(SETTLE_MS);
        plant.drafts.length = 0;
        await plant.play(2 * INTERVAL_MS);
        const polled = new Set(
          plant.drafts.map(({ fields }) => fields["ac_power_w"] ?? fields["power_w"]),
        );
        for (const { power } of partsOf(undefined)) {
          ok(
            polled.has(power),
            `${power} W is not polled after ${JSON.stringify(step)}`,
          );
        }
      }
      await supervisor.stop();
    }),
    { numRuns: 12, examples: EXAMPLES },
  );
  ok(Object.values(fired).every((count) => count > 0), JSON.stringify(fired));
});
