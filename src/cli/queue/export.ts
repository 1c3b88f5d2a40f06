/**
 * `queue export`: writes all rows to Avro object container files, one per schema.
 *
 * @module
 */

import { isObject } from "../../base/is_object.ts";
import { bad, good } from "../../base/result.ts";
import type { SnapshotReader } from "../../buffer/store/snapshot_reader.ts";
import { deflate } from "../../uplink/files/files_uplink.ts";
import {
  groupBySchema,
  readSingleObject,
  writeBlock,
  writeFileHead,
} from "../../uplink/files/container_file.ts";
import {
  createPartFile,
  createSyncMarker,
  type PartFile,
  removePartFile,
} from "../../uplink/files/part_file.ts";
import { EXIT } from "../framework/exit_codes.ts";
import type { CliIo } from "../framework/io.ts";
import type { QueueResult } from "./result.ts";

interface Output {
  readonly name: string;
  readonly file: PartFile;
  readonly sync: Uint8Array;
  rows: number;
}

/**
 * Writes the current rows to `folder`, which is created. Existing files are not
 * overwritten; a failed export leaves no files.
 *
 * @throws file system errors; `AlreadyExists` if a file exists.
 */
export async function exportRows(
  reader: SnapshotReader,
  folder: string,
  io: CliIo,
): Promise<QueueResult> {
  await Deno.mkdir(folder, { recursive: true });
  const outputs = new Map<string, Output>();
  const skipped: { readonly id: number; readonly why: string }[] = [];
  const files: { readonly file: string; readonly rows: number }[] = [];
  try {
    for (const { rows, corrupt } of reader.pages()) {
      if (io.signal.aborted) {
        return bad({ code: EXIT.failure, detail: "Interrupted. No file was written" });
      }
      for (const id of corrupt) skipped.push({ id, why: "checksum mismatch" });
      const exportable = rows.filter(({ id, payload }) => {
        const fingerprint = readSingleObject(payload)?.fingerprint;
        const why = fingerprint === undefined
          ? "not Avro single-object encoding"
          : reader.schema(fingerprint) === undefined
          ? `schema ${fingerprint} is missing`
          : undefined;
        if (why !== undefined) skipped.push({ id, why });
        return why === undefined;
      });
      const runs = groupBySchema(exportable.map(({ payload }) => payload)) ?? [];
      for (const { fingerprint, bodies } of runs) {
        const output = outputs.get(fingerprint) ??
          await open(folder, fingerprint, reader.schema(fingerprint) ?? "{}");
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
      await removePartFile(folder, name);
    }
  }
  return good({
    code: skipped.length === 0 ? EXIT.ok : EXIT.failure,
    json: { files, skipped },
    lines: [
      ...files.map(({ file, rows }) => `${file}: ${rows} rows`),
      ...skipped.map(({ id, why }) => `row ${id} skipped: ${why}`),
      ...(files.length === 0 ? ["No rows exported"] : []),
    ],
  });
}

/** Creates the file for rows of one schema: `NormalizedMeterData-1f2e….avro`. */
async function open(
  folder: string,
  fingerprint: string,
  schema: string,
): Promise<Output> {
  const name = `${recordName(schema)}-${fingerprint}.avro`;
  const file = await createPartFile(folder, name);
  if (file === undefined) {
    throw new Deno.errors.AlreadyExists(
      `${folder}/${name} already exists. Choose another folder`,
    );
  }
  const sync = createSyncMarker();
  await file.append(writeFileHead(schema, sync));
  return { name, file, sync, rows: 0 };
}

function recordName(schemaText: string): string {
  const schema: unknown = JSON.parse(schemaText);
  const name = isObject(schema) ? schema["name"] : undefined;
  return name === undefined ? "record" : String(name).replaceAll(/[^A-Za-z0-9_]/g, "_");
}
