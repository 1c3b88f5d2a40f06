/**
 * Configuration files for agents under test.
 *
 * @module
 */

/** A value of a TOML file; undefined is left out. */
export type TomlValue = string | number | boolean | readonly TomlValue[] | TomlTable;

/** A table. */
export interface TomlTable {
  readonly [key: string]: TomlValue | undefined;
}

/** What differs from the least configuration; merged into its tables. */
export interface AgentConfig {
  readonly gateway?: TomlTable;
  readonly buffer?: TomlTable;
  readonly uplink?: TomlTable;
  readonly discovery?: TomlTable;
  readonly devices?: readonly TomlTable[];
  readonly log?: TomlTable;
  readonly observe?: TomlTable;
}

/** The topics of every agent under test that has none of its own. */
export const TOPICS = { inverter: "inverter", meter: "meter", events: "events" };

/**
 * Writes `agent.toml` into a folder: everything the agent keeps stands in that
 * folder too (`queue.db`, `records/`), it commits often, so that tests are quick,
 * and it listens nowhere.
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
      // Many agents run on the test's machine; one port is not enough for them.
      observe: { listen: "", ...observe },
      devices,
    }),
  );
  return path;
}

/** A TOML document of tables and arrays of tables. */
export function toToml(document: TomlTable): string {
  const lines: string[] = [];
  writeTable(document, [], lines);
  return `${lines.join("\n")}\n`;
}

function writeTable(table: TomlTable, path: readonly string[], lines: string[]): void {
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

function write(value: TomlValue): string {
  // JSON's strings, numbers and booleans are TOML's too.
  return Array.isArray(value)
    ? `[${value.map(write).join(", ")}]`
    : JSON.stringify(value);
}

function isTable(value: TomlValue): value is TomlTable {
  return typeof value === "object" && !Array.isArray(value);
}

function isTables(value: TomlValue): value is readonly TomlTable[] {
  return Array.isArray(value) && value.length > 0 && value.every(isTable);
}
