/**
 * `[[devices]]` blocks for a configuration. Pure.
 *
 * @module
 */

/** An address and what stands in its block. */
export interface DeviceBlock {
  /** Lines above it, for people. */
  readonly comments?: readonly string[];
  /** Null = the device is called after what it says of itself. */
  readonly id: string | null;
  readonly host: string;
  readonly port: number;
  readonly unitIds: readonly number[];
  /** Further keys, such as `interval_ms`; what is not there is left to its default. */
  readonly settings?: Readonly<Record<string, number | string | boolean>>;
}

/** Writes a block for each address, an empty line before each. */
export function deviceBlocks(blocks: readonly DeviceBlock[]): string {
  const lines = blocks.flatMap((block) => {
    const { comments = [], id, host, port, unitIds, settings = {} } = block;
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

/** No control character may stand in a comment but the tab (TOML 1.0, "Comment"). */
function oneLine(text: string): string {
  return text.replaceAll(/\p{C}/gu, "?");
}

/** Leaves room for a number within the 64 characters of an id. */
const NAME_LENGTH_MAX = 56;

/** The name, or the first of `name-2`, `name-3`… that is in no use; it is in use from now on. */
export function freeName(wanted: string, names: Set<string>): string {
  let name = wanted;
  for (let nth = 2; names.has(name); nth++) {
    name = `${wanted.slice(0, NAME_LENGTH_MAX)}-${nth}`;
  }
  names.add(name);
  return name;
}
