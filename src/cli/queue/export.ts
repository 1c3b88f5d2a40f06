/**
 * `queue export`: all rows as Avro object container files, one a schema.
 *
 * @module
 */

import { bad, good, type Result } from "../../base/result.ts";
import type { Inspector } from "../../buffer/store/snapshot_reader.ts";
import { deflate } from "../../uplink/files/files_uplink.ts";
import {
  readSingleObject,
  sortBySchema,
  SYNC_SIZE,
  writeBlock,
  writeFileHead,
} from "../../uplink/files/container_file.ts";
import { PART_SUFFIX } from "../../uplink/files/file_names.ts";
import { createPartFile, type PartFile } from "../../uplink/files/part_file.ts";
import { EXIT } from "../framework/exit_codes.ts";
import type { CliIo } from "../framework/io.ts";
import type { QueueAnswer, QueueFault } from "./queue.ts";

interface Output {
  readonly name: string;
  readonly file: PartFile;
  readonly sync: Uint8Array;
  rows: number;
}

/**
 * Writes the rows that are there now into `folder`, which is made; a file of an
 * earlier export is never written over, and of one that fails nothing stays.
 *
 * @throws what the disk throws; `AlreadyExists`.
 */
export async function exportRows(
  inspector: Inspector,
  folder: string,
  io: CliIo,
): Promise<Result<QueueAnswer, QueueFault>> {
  await Deno.mkdir(folder, { recursive: true });
  const outputs = new Map<string, Output>();
  const skipped: { readonly id: number; readonly why: string }[] = [];
  const files: { readonly file: string; readonly rows: number }[] = [];
  try {
    for (const { rows, corrupt } of inspector.looks()) {
      if (io.signal.aborted) {
        return bad({ code: EXIT.failure, detail: "interrupted: nothing was written" });
      }
      for (const id of corrupt) skipped.push({ id, why: "its checksum does not hold" });
      const whole = rows.filter(({ id, payload }) => {
        const fingerprint = readSingleObject(payload)?.fingerprint;
        const why = fingerprint === undefined
          ? "it is no Avro single-object encoding"
          : inspector.schema(fingerprint) === undefined
          ? `its schema ${fingerprint} is not there`
          : undefined;
        if (why !== undefined) skipped.push({ id, why });
        return why === undefined;
      });
      const runs = sortBySchema(whole.map(({ payload }) => payload)) ?? [];
      for (const { fingerprint, bodies } of runs) {
        const output = outputs.get(fingerprint) ??
          await open(folder, fingerprint, inspector.schema(fingerprint) ?? "{}");
        outputs.set(fingerprint, output);
        const block = writeBlock(bodies.length, await deflate(bodies), output.sync);
        await output.file.append(block);
        output.rows += bodies.length;
      }
    }
    for (const [fingerprint, { file, rows }] of outputs) {
      files.push({ file: `${folder}/${await file.finish()}`, rows });
      outputs.delete(fingerprint);
    }
  } finally {
    for (const { file, name } of outputs.values()) {
      file.abandon();
      await Deno.remove(`${folder}/${name}${PART_SUFFIX}`);
    }
  }
  return good({
    code: skipped.length === 0 ? EXIT.ok : EXIT.failure,
    json: { files, skipped },
    lines: [
      ...files.map(({ file, rows }) => `${file}: ${rows} rows`),
      ...skipped.map(({ id, why }) => `row ${id} was left out: ${why}`),
      ...(files.length === 0 ? ["no rows"] : []),
    ],
  });
}

/** Opens the file for rows of one schema: `NormalizedMeterData-1f2e….avro`. */
async function open(
  folder: string,
  fingerprint: string,
  schema: string,
): Promise<Output> {
  const name = `${recordName(schema)}-${fingerprint}.avro`;
  const file = await createPartFile(folder, name);
  if (file === undefined) {
    throw new Deno.errors.AlreadyExists(
      `${folder}/${name} is there; choose another folder`,
    );
  }
  const sync = crypto.getRandomValues(new Uint8Array(SYNC_SIZE));
  await file.append(writeFileHead(schema, sync));
  return { name, file, sync, rows: 0 };
}

function recordName(schemaText: string): string {
  const schema: unknown = JSON.parse(schemaText);
  const named = typeof schema === "object" && schema !== null && "name" in schema;
  return named ? String(schema.name).replaceAll(/[^A-Za-z0-9_]/g, "_") : "record";
}
