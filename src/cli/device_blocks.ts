/**
 * `[[devices]]` blocks for a configuration. Pure.
 *
 * @module
 */

/** An address and what stands in its block. */
export interface DeviceBlock {
  readonly id: string;
  readonly host: string;
  readonly port: number;
  readonly unitIds: readonly number[];
  /** Null = left to the configuration's default. */
  readonly intervalMs: number | null;
  /** Null = left to the configuration's default. */
  readonly timeoutMs: number | null;
}

/** Writes a block for each address, an empty line before each. */
export function deviceBlocks(blocks: readonly DeviceBlock[]): string {
  const lines = blocks.flatMap(({ id, host, port, unitIds, ...times }) => [
    "",
    "[[devices]]",
    `id = ${JSON.stringify(id)}`,
    `host = ${JSON.stringify(host)}`,
    `port = ${port}`,
    `unit_ids = [${unitIds.join(", ")}]`,
    ...(times.intervalMs === null ? [] : [`interval_ms = ${times.intervalMs}`]),
    ...(times.timeoutMs === null ? [] : [`timeout_ms = ${times.timeoutMs}`]),
  ]);
  return lines.map((line) => `${line}\n`).join("");
}
