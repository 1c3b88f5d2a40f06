/**
 * Finds the streams and sequence numbers of stored rows, also of damaged ones.
 *
 * @module
 */

import { isObject } from "../base/is_object.ts";
import { fingerprintIn } from "../records/avro/single_object.ts";
import type { GapReason, LastSeq } from "./buffer.ts";
import type { GapState, LostSeq } from "./gaps.ts";
import { createLossAccount } from "./loss_account.ts";
import {
  chooseMissing,
  type Claim,
  missingSeqs,
  type Place,
  type PlacedRow,
} from "./missing_seqs.ts";
import { type CheckedRow, checkRow } from "./row_check.ts";
import { type Crc32, streamCrc } from "./row_checksum.ts";
import { type Db, numberColumn, type SqlRow } from "./store/database.ts";
import { openRowTable } from "./store/row_table.ts";

/** The head of a payload; undefined if it cannot be read. */
export type ReadHead = (payload: Uint8Array) => {
  readonly gateway: string;
  readonly deviceId: string;
  readonly epoch: number;
  readonly seq: number;
  readonly previous?: LastSeq | undefined;
} | undefined;

/** What the queue knows of its streams. */
export interface KnownNumbers {
  readonly streams: ReadonlyMap<string, LastSeq>;
  readonly gaps: GapState;
}

/** Identifies rows. */
export interface RowIdentifier {
  /**
   * The sequence numbers that are lost if these rows leave the file undelivered. Call
   * it before they are deleted: unreadable rows are identified by their neighbours.
   *
   * @param rows as in `store/row_table.ts`
   */
  lostWith(
    rows: readonly SqlRow[],
    reason: GapReason,
    known: KnownNumbers,
  ): readonly LostSeq[];
  /** Adds the text of a schema by fingerprint (16 hex digits, lower case). */
  addSchema(fingerprint: string, text: string): void;
}

/** Rows read on either side of an unreadable row. */
const WINDOW_ROWS = 2_000;

/** An unreadable row. */
interface Unreadable {
  readonly id: number;
  readonly claimed: Claim;
}

/** Creates an identifier without schemas. */
export function createRowIdentifier(
  db: Db,
  readHead: ReadHead,
  crc32: Crc32,
): RowIdentifier {
  const places = createPlaces(readHead, crc32);

  function placedRows(rows: readonly SqlRow[], known: KnownNumbers): PlacedRow[] {
    return rows.flatMap((row): PlacedRow[] => {
      const checked = checkRow(row, crc32);
      if (checked.kind === "damaged") return [];
      const place = places.find(checked, known);
      if (place === undefined) return [];
      const { id, payload } = checked.row;
      return [{ ...place, id, previous: readHead(payload)?.previous }];
    });
  }

  function around(ids: readonly number[], known: KnownNumbers): readonly Place[] {
    const { select } = openRowTable(db);
    const [first = 0] = ids;
    const last = ids.at(-1) ?? first;
    const before = select("WHERE id < ? ORDER BY id DESC LIMIT ?", first, WINDOW_ROWS);
    const between = select("WHERE id BETWEEN ? AND ? ORDER BY id", first, last);
    const after = select("WHERE id > ? ORDER BY id LIMIT ?", last, WINDOW_ROWS);
    const rows = placedRows([...before.toReversed(), ...between, ...after], known);
    const isToEnd = after.length < WINDOW_ROWS;
    return missingSeqs(
      { first, last, count: ids.length },
      { rows, isToEnd },
      known.streams,
    );
  }

  return {
    lostWith(rows, reason, known) {
      const found: Place[] = [];
      const unreadable: Unreadable[] = [];
      for (const row of rows) {
        const checked = checkRow(row, crc32);
        const place = places.find(checked, known);
        if (place !== undefined) found.push(place);
        else {
          const claimed = places.claim(checked, known);
          unreadable.push({ id: numberColumn(row[0]), claimed });
        }
      }
      const account = createLossAccount(known.gaps, found);
      for (const group of groupByDistance(unreadable)) {
        const ids = group.map(({ id }) => id);
        const missing = around(ids, known).filter((place) => !account.has(place));
        const chosen = chooseMissing(group.map(({ claimed }) => claimed), missing);
        found.push(...account.toAnnounce(chosen, group.length));
      }
      return found.map((place) => ({ ...place, reason }));
    },
    addSchema: (fingerprint, text) => places.addSchema(fingerprint, text),
  };
}

/** Finds the position of a row from the row alone. */
export interface Places extends Pick<RowIdentifier, "addSchema"> {
  /** From the columns, else from the payload; undefined if neither is whole. */
  find(row: CheckedRow, known: KnownNumbers): Place | undefined;
  /** What a damaged payload states, if that is possible. */
  claim(row: CheckedRow, known: KnownNumbers): Claim;
}

/** Creates a finder without schemas. */
export function createPlaces(readHead: ReadHead, crc32: Crc32): Places {
  /** By fingerprint. */
  const recordNames = new Map<string, string>();
  const streamNames = createStreamNames(crc32, recordNames);

  function inPayload(payload: Uint8Array): Place | undefined {
    const head = readHead(payload);
    const fingerprint = fingerprintIn(payload);
    const name = fingerprint === undefined ? undefined : recordNames.get(fingerprint);
    if (head === undefined || name === undefined) return undefined;
    const stream = `${head.gateway}/${head.deviceId}/${name}`;
    return { stream, epoch: head.epoch, seq: head.seq };
  }

  return {
    find(row, { streams }) {
      const { position } = row;
      if (position !== null) {
        const key = row.kind === "whole" ? row.row.key : row.key;
        const stream = streamNames.find(position.streamCrc, key ?? "", streams);
        const { epoch, seq } = position;
        if (stream !== undefined) return { stream, epoch, seq };
      }
      if (row.kind === "whole") return inPayload(row.row.payload);
      const isWhole = row.isPayloadWhole && row.payload !== null;
      return isWhole ? inPayload(row.payload) : undefined;
    },
    claim(row, known) {
      if (row.kind === "whole" || row.payload === null) return undefined;
      const place = inPayload(row.payload);
      const isClaim = place !== undefined && isPlausible(place, row.key, known);
      return isClaim ? place : undefined;
    },
    addSchema(fingerprint, text) {
      recordNames.set(fingerprint, recordNameOf(text));
    },
  };
}

/** Rows so near to each other that they are identified together; ids ascending. */
function groupByDistance(rows: readonly Unreadable[]): readonly Unreadable[][] {
  const groups: Unreadable[][] = [];
  for (const row of [...rows].sort((a, b) => a.id - b.id)) {
    const group = groups.at(-1);
    const last = group?.at(-1);
    if (group !== undefined && last !== undefined && row.id - last.id <= WINDOW_ROWS) {
      group.push(row);
    } else groups.push([row]);
  }
  return groups;
}

/**
 * Stream names by {@linkcode streamCrc}.
 *
 * @param recordNames record types, to find a stream that is missing in the file
 */
function createStreamNames(crc32: Crc32, recordNames: ReadonlyMap<string, string>) {
  const byCrc = new Map<number, string[]>();
  const seen = new Set<string>();
  const gateways = new Set<string>();

  function add(stream: string): void {
    if (seen.has(stream)) return;
    seen.add(stream);
    gateways.add(stream.split("/").slice(0, -2).join("/"));
    const crc = streamCrc(crc32, stream);
    byCrc.set(crc, [...byCrc.get(crc) ?? [], stream]);
  }

  return {
    find(
      crc: number,
      key: string,
      streams: ReadonlyMap<string, LastSeq>,
    ): string | undefined {
      if (streams.size !== seen.size) {
        for (const stream of streams.keys()) add(stream);
      }
      const isOfKey = (stream: string): boolean => stream.split("/").at(-2) === key;
      const known = byCrc.get(crc)?.find(isOfKey);
      if (known !== undefined) return known;
      const types = [...new Set(recordNames.values())];
      return [...gateways].flatMap((gateway) =>
        types.map((type) => `${gateway}/${key}/${type}`)
      ).find((stream) => streamCrc(crc32, stream) === crc);
    },
  };
}

/**
 * True if a damaged row can have this position: it names the device of its key, and a
 * sequence number that was assigned.
 */
function isPlausible(
  place: Place,
  key: string | null,
  { streams }: KnownNumbers,
): boolean {
  if (place.stream.split("/").at(-2) !== key) return false;
  const last = streams.get(place.stream);
  if (last === undefined || place.seq < 1) return false;
  return place.epoch < last.epoch ||
    (place.epoch === last.epoch && place.seq <= last.seq);
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
