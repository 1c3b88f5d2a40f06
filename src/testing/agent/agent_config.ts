/**
 * Configuration files for agents under test.
 *
 * @module
 */

/** A TOML value; undefined is omitted. */
export type ConfigValue =
  | string
  | number
  | boolean
  | readonly ConfigValue[]
  | ConfigTable;

/** A table. */
export interface ConfigTable {
  readonly [key: string]: ConfigValue | undefined;
}

/** Differences from the minimal configuration, merged into its tables. */
export interface AgentConfig {
  readonly gateway?: ConfigTable;
  readonly buffer?: ConfigTable;
  readonly uplink?: ConfigTable;
  readonly discovery?: ConfigTable;
  readonly devices?: readonly ConfigTable[];
  readonly log?: ConfigTable;
  readonly observe?: ConfigTable;
}

/** Topics of agents under test, unless a test sets its own. */
export const TOPICS = { inverter: "inverter", meter: "meter", events: "events" };

/**
 * Writes `agent.toml` into a folder. The agent stores its files in the same folder
 * (`queue.db`, `records/`), commits often, so that tests are quick, and does not listen.
 *
 * @returns the file's path.
 */
export async function writeConfig(
  folder: string,
  { gateway, buffer, uplink, discovery, devices = [], log, observe }: AgentConfig,
): Promise<string> {
  const path = `${folder}/agent.toml`;
  const { topics = TOPICS, files = {}, ...rest } = uplink ?? {};
  await Deno.writeTextFile(
    path,
    toToml({
      gateway: { id: "gw-1", site: "plant-1", ...gateway },
      buffer: {
        path: `${folder}/queue.db`,
        flush_interval_ms: 100,
        set_aside_after_crashes: 0, // tests kill agents on purpose
        ...buffer,
      },
      uplink: {
        kind: "files",
        ...rest,
        topics,
        files: { path: `${folder}/records`, ...(isTable(files) ? files : {}) },
      },
      discovery,
      log: { format: "json", ...log },
      // Several agents run at once, so the status server is off.
      observe: { listen: "", ...observe },
      devices,
    }),
  );
  return path;
}

/** A TOML document of tables and arrays of tables. */
export function toToml(document: ConfigTable): string {
  const lines: string[] = [];
  writeTable(document, [], lines);
  return `${lines.join("\n")}\n`;
}

function writeTable(
  table: ConfigTable,
  path: readonly string[],
  lines: string[],
): void {
  const entries = Object.entries(table);
  for (const [key, value] of entries) {
    if (value === undefined || isTable(value) || isTables(value)) continue;
    lines.push(`${key} = ${write(value)}`);
  }
  for (const [key, value] of entries) {
    const inner = [...path, key];
    if (value === undefined) continue;
    if (isTables(value)) {
      for (const one of value) {
        lines.push("", `[[${inner.join(".")}]]`);
        writeTable(one, inner, lines);
      }
    } else if (isTable(value)) {
      lines.push("", `[${inner.join(".")}]`);
      writeTable(value, inner, lines);
    }
  }
}

function write(value: ConfigValue): string {
  // JSON strings, numbers and booleans are valid TOML.
  return Array.isArray(value)
    ? `[${value.map(write).join(", ")}]`
    : JSON.stringify(value);
}

function isTable(value: ConfigValue): value is ConfigTable {
  return typeof value === "object" && !Array.isArray(value);
}

function isTables(value: ConfigValue): value is readonly ConfigTable[] {
  return Array.isArray(value) && value.length > 0 && value.every(isTable);
}
