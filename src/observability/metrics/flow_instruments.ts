/**
 * Metrics of buffer and uplink. Pure.
 *
 * @module
 */

import { histogram, type Instrument, singleValue, stateSet } from "./instrument.ts";
import type { BufferStatus, UplinkStatus } from "../status.ts";

/** Metrics of the buffer. */
export function bufferInstruments(): readonly Instrument[] {
  const of = (
    kind: "counter" | "gauge",
    name: string,
    unit: Instrument["unit"],
    help: string,
    value: (buffer: BufferStatus, nowMs: number) => number,
  ): Instrument =>
    singleValue(
      kind,
      { name: `buffer.${name}`, unit, help },
      ({ status: { buffer, writtenAtMs } }) =>
        buffer === null ? null : value(buffer, writtenAtMs),
    );
  return [
    of("gauge", "rows", "", "Rows that are not acknowledged yet.", ({ rows }) => rows),
    of(
      "gauge",
      "size",
      "By",
      "Size of the buffer that counts against buffer.max_bytes.",
      ({ bytes }) => bytes,
    ),
    of(
      "gauge",
      "size_max",
      "By",
      "Maximum size of the buffer (buffer.max_bytes).",
      (b) => b.bytesMax,
    ),
    of(
      "gauge",
      "log_size",
      "By",
      "Size of the write-ahead log.",
      ({ logBytes }) => logBytes,
    ),
    of(
      "gauge",
      "log_size_max",
      "By",
      "Share of the write-ahead log in buffer.max_bytes; the log exceeds it while a process reads the file in one long transaction.",
      ({ logBytesMax }) => logBytesMax,
    ),
    of(
      "gauge",
      "oldest_age",
      "s",
      "Age of the oldest row since it was sampled; 0 if the buffer is empty.",
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
      "Failed commits.",
      ({ commitsFailed }) => commitsFailed,
    ),
    of("counter", "stored", "", "Committed rows.", ({ stored }) => stored),
    of(
      "counter",
      "written",
      "By",
      "Payload of the committed rows.",
      ({ storedBytes }) => storedBytes,
    ),
    of(
      "counter",
      "evicted",
      "",
      "Rows deleted before delivery: buffer full, too old or damaged.",
      ({ givenUp }) => givenUp,
    ),
    of(
      "counter",
      "dead_letters",
      "",
      "Rows kept as dead letters because the destination permanently rejected them.",
      ({ deadLetters }) => deadLetters,
    ),
  ];
}

/** Metrics of the uplink. */
export function uplinkInstruments(): readonly Instrument[] {
  const count = (
    name: string,
    unit: Instrument["unit"],
    help: string,
    value: (uplink: UplinkStatus) => number,
  ): Instrument =>
    singleValue(
      "counter",
      { name: `uplink.${name}`, unit, help },
      ({ status: { uplink } }) => uplink === null ? null : value(uplink),
    );
  return [
    stateSet(
      {
        name: "uplink.state",
        unit: "",
        help: "1 for the current state of the uplink, 0 for the others.",
      },
      { name: "state" },
      ["sending", "idle", "waiting", "holding"],
      ({ status }) => status.uplink?.state ?? null,
    ),
    singleValue("gauge", {
      name: "uplink.alarms",
      unit: "",
      help: "Active alarms: problems that an operator must solve.",
    }, ({ status }) => status.uplink?.alarms.length ?? null),
    singleValue("gauge", {
      name: "uplink.last_ack_time",
      unit: "s",
      help: "Time of the last acknowledgement, since the Unix epoch.",
    }, ({ status }) => {
      const atMs = status.uplink?.lastAckAtMs ?? null;
      return atMs === null ? null : atMs / 1_000;
    }),
    count("batches", "", "Acknowledged batches.", ({ batches }) => batches),
    count("acks", "", "Acknowledged rows.", (uplink) => uplink.rowsDelivered),
    count(
      "delivered",
      "By",
      "Payload of the acknowledged rows.",
      ({ bytesDelivered }) => bytesDelivered,
    ),
    count("retries", "", "Repeated sends.", ({ retries }) => retries),
    count(
      "refusals",
      "",
      "Rows permanently rejected by the destination.",
      ({ rowsRefused }) => rowsRefused,
    ),
    histogram({
      name: "uplink.send_duration",
      unit: "s",
      help: "Time from sending a batch to its acknowledgement.",
    }, ({ sendSeconds }) => sendSeconds.reading),
    histogram({
      name: "delivered_age",
      unit: "s",
      help: "Age of each row at its acknowledgement, since it was sampled.",
    }, ({ deliveredAgeSeconds }) => deliveredAgeSeconds.reading),
  ];
}
