/**
 * The reference of the configuration, written from its declaration. Pure.
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
says everything that is wrong with it at once, with line and cure, and exits with 78 if it does not hold.

- Relative paths count from the folder of the configuration file.
- An environment variable overrides a single value: \`SUNSPEC_COLLECTOR__\`, then the key's path in capitals,
  joined by two underscores. \`${
  variableOf(["uplink", "ca_file"])
}\` is \`uplink.ca_file\`;
  \`${
  variableOf(["devices", 0, "host"])
}\` is the host of the first \`[[devices]]\` of the file (an entry that the
  file does not have cannot be added so). The elements of a list are joined by commas.
- A running agent follows a changed file by \`sunspec-collector reload\` or SIGHUP: \`[[devices]]\`, \`[uplink]\`,
  \`log.level\`, \`[discovery]\` without the files that it names, and pace and bounds of \`[buffer]\`. Everything else
  keeps its value until a restart, and the agent says so. Environment variables are those of the agent's start.
- Secrets never stand in the file. They come from a file of their own or from the environment, and are shown nowhere.
- Under systemd, \`ca_file\`, \`cert_file\`, \`key_file\` and \`sasl_password_file\` may say \`credential:NAME\` in place of a
  path: with \`LoadCredential=kafka-password:/etc/secrets/kafka\` in the unit, \`sasl_password_file =
  "credential:kafka-password"\` reads what systemd hands in, and no other user of the machine can. systemd hands in
  anew at a restart, not at a reload. \`check\`, called by a person, cannot look at credentials and warns of that.
`;

/** Writes the reference as Markdown; ends in a line end. */
export function renderReference(): string {
  return `${HEAD}${[...sections(SCHEMA_TREE, [])].join("")}`;
}

function* sections(
  node: SchemaNode,
  path: readonly string[],
  isList = false,
): Generator<string> {
  if (node.is === "key") return;
  if (node.is === "tables") return yield* sections(node.item, path, true);
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
    if (entry.is === "key") rows.push(renderKey(key, entry));
  }
  return [
    `\n## ${isList ? `[[${name}]]` : `[${name}]`}\n`,
    `\n${node.description}\n`,
    "\n| Key | Default | What it is for | What may stand there |",
    "\n| --- | --- | --- | --- |\n",
    rows.join(""),
  ].join("");
}

function renderKey(key: string, { meta, fallback, required }: KeyNode): string {
  const standard = required
    ? "required"
    : fallback === null
    ? "none"
    : code(showToml(fallback));
  const example = meta.example === null ? "" : `; for example ${code(meta.example)}`;
  const cells = [code(key), standard, meta.description, `${meta.wanted}${example}`];
  return `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |\n`;
}

function code(text: string): string {
  return `\`${text}\``;
}

/** A default as a file would say it. */
function showToml(value: unknown): string {
  if (typeof value === "string") return JSON.stringify(value);
  if (typeof value === "bigint") return String(value);
  if (Array.isArray(value)) return `[${value.map(showToml).join(", ")}]`;
  return MASK; // no other kind of default is ever declared
}
