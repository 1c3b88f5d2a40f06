/**
 * The reference of the configuration, generated from the declaration. Pure.
 *
 * @module
 */

import {
  type KeyNode,
  SCHEMA_TREE,
  type SchemaNode,
  type TableNode,
} from "../schema/schema_tree.ts";
import { variableOf } from "../source/environment.ts";
import { MASK } from "../../base/secret.ts";

const HEAD = `# Configuration

<!-- Generated from src/config/schema/schema.ts: deno task generate. -->

The agent reads one TOML file: \`sunspec-collector run --config FILE\`. \`sunspec-collector check --config FILE\`
reports all faults at once, each with its line and a fix, and exits with 78 if the file is not valid.

- Relative paths are relative to the folder of the configuration file.
- An environment variable overrides a single value: \`SUNSPEC_COLLECTOR__\` followed by the path of the key in
  upper case, with two underscores as separators. \`${
  variableOf(["uplink", "ca_file"])
}\` overrides
  \`uplink.ca_file\`; \`${
  variableOf(["devices", 0, "host"])
}\` overrides the host of the first \`[[devices]]\`
  table of the file. A variable cannot add a table. The elements of a list are separated by commas.
- A running agent applies a changed file on \`sunspec-collector reload\` or SIGHUP: \`[[devices]]\`, \`[uplink]\`,
  \`log.level\`, \`[discovery]\` except the files that it names, and the intervals and limits of \`[buffer]\`. All other
  keys keep their value until a restart, which the agent logs. Environment variables are those of the agent's start.
- Secrets are not allowed in the file. They come from separate files or from the environment and are never shown.
- Under systemd, the value of \`ca_file\`, \`cert_file\`, \`key_file\` and \`sasl_password_file\` may be \`credential:NAME\`
  instead of a path: with \`LoadCredential=kafka-password:/etc/secrets/kafka\` in the unit, \`sasl_password_file =
  "credential:kafka-password"\` reads the file that systemd passes in and that no other user of the machine can read.
  systemd passes credentials in at a restart, not at a reload. The command \`check\` cannot read credentials when a
  user runs it, and prints a warning.
`;

/** Writes the reference as Markdown; the text ends with a newline. */
export function renderReference(): string {
  return `${HEAD}${[...sections(SCHEMA_TREE, [])].join("")}`;
}

function* sections(
  node: SchemaNode,
  path: readonly string[],
  isList = false,
): Generator<string> {
  if (node.kind === "key") return;
  if (node.kind === "tables") return yield* sections(node.item, path, true);
  if (path.length > 0) yield renderTable(node, path, isList);
  for (const [key, entry] of node.entries) yield* sections(entry, [...path, key]);
}

function renderTable(
  node: TableNode,
  path: readonly string[],
  isList: boolean,
): string {
  const name = path.join(".");
  const rows: string[] = [];
  for (const [key, entry] of node.entries) {
    if (entry.kind === "key") rows.push(renderKey(key, entry));
  }
  return [
    `\n## ${isList ? `[[${name}]]` : `[${name}]`}\n`,
    `\n${node.description}\n`,
    "\n| Key | Default | Description | Allowed values |",
    "\n| --- | --- | --- | --- |\n",
    rows.join(""),
  ].join("");
}

function renderKey(key: string, { meta, fallback, required }: KeyNode): string {
  const defaultText = required
    ? "required"
    : fallback === null
    ? "none"
    : code(showToml(fallback));
  const example = meta.example === null || meta.wanted.includes(meta.example)
    ? ""
    : `; for example ${code(meta.example)}`;
  const cells = [code(key), defaultText, meta.description, `${meta.wanted}${example}`];
  return `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |\n`;
}

function code(text: string): string {
  return `\`${text}\``;
}

/** A default as TOML writes it. */
function showToml(value: unknown): string {
  if (typeof value === "string") return JSON.stringify(value);
  if (typeof value === "bigint") return String(value);
  if (Array.isArray(value)) return `[${value.map(showToml).join(", ")}]`;
  return MASK; // other types have no default
}
