/**
 * The configuration of a demo: a normal configuration file, kept in the data
 * folder as an example. Pure.
 *
 * @module
 */

import type { PlantAddress } from "../../simulator/plant/start_plant.ts";
import { formatDeviceTables } from "../../config/device_tables.ts";

/** The options of a demo that its configuration depends on. */
export interface DemoConfigOptions {
  readonly brokers: readonly string[];
  readonly maxBytes: number | null;
}

/** Renders the configuration as TOML. */
export function demoConfig(
  folder: string,
  addresses: readonly PlantAddress[],
  { brokers, maxBytes }: DemoConfigOptions,
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
    "# Written by `sunspec-collector demo`; overwritten at each start.",
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
  ].join("\n") + formatDeviceTables(
    addresses.map(({ name: id, ...at }) => ({
      ...at,
      id,
      settings: { interval_ms: 1_000, timeout_ms: 900 },
    })),
  );
}
