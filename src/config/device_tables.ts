/**
 * Writes `[[devices]]` tables for a configuration. Pure.
 *
 * @module
 */

/** The content of one `[[devices]]` table. */
export interface DeviceTable {
  /** Comment lines above the table. */
  readonly comments?: readonly string[];
  /** Null = the agent derives the id from the device's identity. */
  readonly id: string | null;
  readonly host: string;
  readonly port: number;
  readonly unitIds: readonly number[];
  /** Further keys, such as `interval_ms`; missing ones have their defaults. */
  readonly settings?: Readonly<Record<string, number | string | boolean>>;
}

/** Writes the tables in TOML, each preceded by an empty line. */
export function formatDeviceTables(tables: readonly DeviceTable[]): string {
  const lines = tables.flatMap((table) => {
    const { comments = [], id, host, port, unitIds, settings = {} } = table;
    return [
      "",
      ...comments.map((comment) => `# ${oneLine(comment)}`),
      "[[devices]]",
      ...(id === null ? [] : [`id = ${JSON.stringify(id)}`]),
      `host = ${JSON.stringify(host)}`,
      `port = ${port}`,
      `unit_ids = [${unitIds.join(", ")}]`,
      ...Object.entries(settings).map(([key, value]) =>
        `${key} = ${JSON.stringify(value)}`
      ),
    ];
  });
  return lines.map((line) => `${line}\n`).join("");
}

/** A comment may not contain control characters except tab (TOML 1.0, "Comment"). */
function oneLine(text: string): string {
  return text.replaceAll(/\p{C}/gu, "?");
}

/** A longer name is cut before a number is appended, because an id has at most 64 characters. */
const NAME_LENGTH_MAX = 56;

/**
 * Returns the name, or the first unused one of `name-2`, `name-3`…, and adds it to
 * `names`.
 */
export function reserveName(wanted: string, names: Set<string>): string {
  let name = wanted;
  for (let nth = 2; names.has(name); nth++) {
    name = `${wanted.slice(0, NAME_LENGTH_MAX)}-${nth}`;
  }
  names.add(name);
  return name;
}
