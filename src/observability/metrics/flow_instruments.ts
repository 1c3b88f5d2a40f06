/**
 * The instruments of the way that records take: buffer and uplink. Pure.
 *
 * @module
 */

import { histogram, type Instrument, oneOf, single } from "./instrument.ts";
import type { BufferStatus, UplinkStatus } from "../status.ts";

/** What waits, and what the disk did for it. */
export function bufferInstruments(): readonly Instrument[] {
  const of = (
    kind: "counter" | "gauge",
    name: string,
    unit: Instrument["unit"],
    help: string,
    value: (buffer: BufferStatus, nowMs: number) => number,
  ): Instrument =>
    single(
      kind,
      { name: `buffer.${name}`, unit, help },
      ({ status: { buffer, writtenAtMs } }) =>
        buffer === null ? null : value(buffer, writtenAtMs),
    );
  return [
    of("gauge", "rows", "", "Rows that wait for the uplink.", ({ rows }) => rows),
    of(
      "gauge",
      "size",
      "By",
      "Bytes that count against the bound.",
      ({ bytes }) => bytes,
    ),
    of("gauge", "size_max", "By", "The bound (buffer.max_bytes).", (b) => b.bytesMax),
    of(
      "gauge",
      "oldest_age",
      "s",
      "Since the oldest row was sampled; 0 if there is none.",
      ({ oldestAtMs }, nowMs) =>
        oldestAtMs === null ? 0 : Math.max(0, nowMs - oldestAtMs) / 1_000,
    ),
    of(
      "gauge",
      "waiting",
      "",
      "Records that are not on disk yet.",
      ({ waiting }) => waiting,
    ),
    of("counter", "commits", "", "Commits.", ({ commits }) => commits),
    of(
      "counter",
      "commits_failed",
      "",
      "Commits that the disk refused.",
      ({ commitsFailed }) => commitsFailed,
    ),
    of("counter", "stored", "", "Rows committed.", ({ stored }) => stored),
    of(
      "counter",
      "written",
      "By",
      "Payload of the rows committed.",
      ({ storedBytes }) => storedBytes,
    ),
    of(
      "counter",
      "given_up",
      "",
      "Rows given up for want of room, for their age or as damaged.",
      ({ givenUp }) => givenUp,
    ),
    of(
      "counter",
      "dead_letters",
      "",
      "Rows set aside because the far side refused them for good.",
      ({ deadLetters }) => deadLetters,
    ),
  ];
}

/** What went on to the far side, and what did not. */
export function uplinkInstruments(): readonly Instrument[] {
  const count = (
    name: string,
    unit: Instrument["unit"],
    help: string,
    value: (uplink: UplinkStatus) => number,
  ): Instrument =>
    single(
      "counter",
      { name: `uplink.${name}`, unit, help },
      ({ status: { uplink } }) => uplink === null ? null : value(uplink),
    );
  return [
    oneOf(
      {
        name: "uplink.state",
        unit: "",
        help: "1 for what the uplink is doing, 0 for the others.",
      },
      { name: "state" },
      ["sending", "idle", "waiting", "holding"],
      ({ status }) => status.uplink?.state ?? null,
    ),
    single("gauge", {
      name: "uplink.alarms",
      unit: "",
      help: "Alarms that stand: what only a person can mend.",
    }, ({ status }) => status.uplink?.alarms.length ?? null),
    single("gauge", {
      name: "uplink.last_ack_time",
      unit: "s",
      help: "When the far side last took rows, since the Unix epoch.",
    }, ({ status }) => {
      const atMs = status.uplink?.lastAckAtMs ?? null;
      return atMs === null ? null : atMs / 1_000;
    }),
    count("batches", "", "Batches that the far side took.", ({ batches }) => batches),
    count("acks", "", "Rows that the far side took.", (uplink) => uplink.rowsDelivered),
    count(
      "delivered",
      "By",
      "Payload of the rows that the far side took.",
      ({ bytesDelivered }) => bytesDelivered,
    ),
    count("retries", "", "Sends that had to be made again.", ({ retries }) => retries),
    count(
      "refusals",
      "",
      "Rows that the far side refused for good.",
      ({ rowsRefused }) => rowsRefused,
    ),
    histogram({
      name: "uplink.send_duration",
      unit: "s",
      help: "From sending a batch to its acknowledgement.",
    }, ({ sendSeconds }) => sendSeconds.reading),
    histogram({
      name: "delivered_age",
      unit: "s",
      help: "Of each row when it was acknowledged: since it was sampled.",
    }, ({ deliveredAgeSeconds }) => deliveredAgeSeconds.reading),
  ];
}
