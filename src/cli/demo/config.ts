/**
 * The configuration that a demo runs with: an ordinary file, left in the data
 * folder for the user to look at. Pure.
 *
 * @module
 */

import type { PlantAddress } from "../../simulator/plant/start_plant.ts";
import { deviceBlocks } from "../shared/device_blocks.ts";

/** What of the demo's options the configuration says. */
export interface DemoChoices {
  readonly brokers: readonly string[];
  readonly maxBytes: number | null;
}

/** Writes the TOML. */
export function demoConfig(
  folder: string,
  addresses: readonly PlantAddress[],
  { brokers, maxBytes }: DemoChoices,
): string {
  const uplink = brokers.length > 0
    ? [`kind = "kafka"`, `brokers = ${JSON.stringify(brokers)}`]
    : [
      `kind = "files"`,
      "",
      "[uplink.files]",
      `path = ${JSON.stringify(`${folder}/records`)}`,
    ];
  return [
    "# Written by `sunspec-collector demo`, anew at each start.",
    "[gateway]",
    `id = "demo-gateway"`,
    `site = "demo"`,
    "",
    "[buffer]",
    `path = ${JSON.stringify(`${folder}/queue.db`)}`,
    "flush_interval_ms = 500",
    ...(maxBytes === null ? [] : [`max_bytes = ${maxBytes}`]),
    "",
    "[uplink]",
    ...uplink,
    "",
  ].join("\n") + deviceBlocks(
    addresses.map(({ name: id, ...at }) => ({
      ...at,
      id,
      settings: { interval_ms: 1_000, timeout_ms: 900 },
    })),
  );
}
