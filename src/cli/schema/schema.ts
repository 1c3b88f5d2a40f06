/**
 * `schema [NAME]`: prints the Avro schemas of the records.
 *
 * @module
 */

import { SCHEMAS } from "../../../models/avro/index.ts";
import { nearest } from "../../config/check/suggest.ts";
import { modelSchema } from "../../records/avro/model_schema.ts";
import { EXIT } from "../framework/exit_codes.ts";
import type { CliIo } from "../framework/io.ts";
import { loadModelsFolder } from "../../agent/setup/models_folder.ts";
import { reportDefinitionFaults } from "../device/report_definition_faults.ts";

/** Options of `schema`. */
export interface SchemaOptions {
  /** A record type, with or without its namespace; null = all. */
  readonly name: string | null;
  /** Folder with definitions besides the built-in ones; null = none. */
  readonly modelsDir: string | null;
}

/** Namespace of the record types. */
const NAMESPACE = "sunspec.telemetry.";

/** Prints one schema, or all as a JSON array (without those of single SunSpec models). */
export async function schema(
  { name, modelsDir }: SchemaOptions,
  io: CliIo,
): Promise<number> {
  const texts = new Map(
    Object.entries(SCHEMAS).map(([known, { text }]) => [known, text]),
  );
  if (name === null) {
    io.stdout.write(pretty([...texts.values()].map((text) => JSON.parse(text))));
    return EXIT.ok;
  }
  const short = name.startsWith(NAMESPACE) ? name.slice(NAMESPACE.length) : name;
  const [, id] = /^SunSpecModel(\d+)$/i.exec(short) ?? [];
  if (id !== undefined) {
    const models = await loadModelsFolder(modelsDir);
    if (!models.ok) return reportDefinitionFaults("schema", models.fault, io);
    const definition = await models.value(Number(id));
    if (definition !== undefined) {
      io.stdout.write(pretty(modelSchema(definition)));
      return EXIT.ok;
    }
    io.stderr.write(
      `schema: unknown SunSpec model ${id}. --models-dir adds definitions\n`,
    );
    return EXIT.usage;
  }
  const text = texts.get(short);
  if (text !== undefined) {
    io.stdout.write(pretty(JSON.parse(text)));
    return EXIT.ok;
  }
  const alike = nearest(short, texts.keys()) ?? byKind(short, [...texts.keys()]);
  const hint = alike === undefined ? "" : ` Did you mean ${alike}?`;
  const known = [...texts.keys(), "SunSpecModel<id>"].join(", ");
  io.stderr.write(
    `schema: unknown record type ${
      JSON.stringify(name)
    }.${hint} Record types: ${known}\n`,
  );
  return EXIT.usage;
}

/** Finds the record type of a kind of device: `inverter` is NormalizedInverterData. */
function byKind(name: string, known: readonly string[]): string | undefined {
  const kinds = known.map((one) => one.replace(/^Normalized|^Collector|Data$/g, ""));
  const kind = nearest(name, kinds);
  return kind === undefined ? undefined : known[kinds.indexOf(kind)];
}

function pretty(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}
