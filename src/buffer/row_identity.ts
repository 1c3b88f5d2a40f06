/**
 * Finds the stream and sequence number of a stored row from its payload.
 *
 * @module
 */

import { isObject } from "../base/is_object.ts";
import { fingerprintIn } from "../records/avro/single_object.ts";
import type { LastSeq } from "./buffer.ts";
import type { LostSeq } from "./gaps.ts";
import type { Identify } from "./transaction.ts";

/** The head of a payload; undefined if it cannot be read. */
export type ReadHead = (
  payload: Uint8Array,
) => { gateway: string; deviceId: string; epoch: number; seq: number } | undefined;

/** Identifies rows whose schema is known. */
export interface RowIdentifier {
  readonly identify: Identify;
  /** Adds the text of a schema by fingerprint (16 hex digits, lower case). */
  addSchema(fingerprint: string, text: string): void;
}

/** Creates an identifier without schemas. */
export function createRowIdentifier(readHead: ReadHead): RowIdentifier {
  const recordNames = new Map<string, string>();
  return {
    identify(payload) {
      const head = readHead(payload);
      const fingerprint = fingerprintIn(payload);
      const name = fingerprint === undefined ? undefined : recordNames.get(fingerprint);
      if (head === undefined || name === undefined) return undefined;
      const stream = `${head.gateway}/${head.deviceId}/${name}`;
      return { stream, epoch: head.epoch, seq: head.seq };
    },
    addSchema(fingerprint, text) {
      recordNames.set(fingerprint, recordNameOf(text));
    },
  };
}

/**
 * True if a damaged row can have this identity: it names the device of its key, and
 * a sequence number that was assigned.
 */
export function isPlausible(
  lost: LostSeq,
  key: unknown,
  streams: ReadonlyMap<string, LastSeq>,
): boolean {
  if (lost.stream.split("/").at(-2) !== key) return false;
  const last = streams.get(lost.stream);
  if (last === undefined || lost.seq < 1) return false;
  return lost.epoch < last.epoch ||
    (lost.epoch === last.epoch && lost.seq <= last.seq);
}

/** The record's name without namespace. */
function recordNameOf(schema: string): string {
  try {
    const parsed: unknown = JSON.parse(schema);
    if (isObject(parsed) && "name" in parsed) {
      return String(parsed["name"]).split(".").at(-1) ?? "unknown";
    }
  } catch {
    // Not JSON. Rows of this schema are still counted, under the name "unknown".
  }
  return "unknown";
}
