/**
 * Every metric, declared once: for `/metrics`, for OTLP and for
 * `docs/metrics.md`. Pure.
 *
 * Names are stable: dashboards and alerts are built on them.
 *
 * @module
 */

import { deviceInstruments } from "./device_instruments.ts";
import { bufferInstruments, uplinkInstruments } from "./flow_instruments.ts";
import {
  countsByName,
  histogram,
  type Instrument,
  singleValue,
  stateSet,
} from "./instrument.ts";

/** All metrics, in the order of `/metrics`. */
export const INSTRUMENTS: readonly Instrument[] = [
  {
    name: "build_info",
    kind: "gauge",
    unit: "",
    help: "Always 1; the labels carry the version of the program and the gateway.",
    labels: [
      { name: "version", values: "the program's version" },
      { name: "gateway", values: "the gateway's id" },
    ],
    *read({ status: { version, gateway } }) {
      yield { labels: [version, gateway], value: 1 };
    },
  },
  stateSet(
    {
      name: "health",
      unit: "",
      help:
        "1 for the current health, 0 for the others: healthy; degraded (a fault exists, but no reading is lost); failing (readings are lost, or soon will be).",
    },
    { name: "health" },
    ["healthy", "degraded", "failing"],
    ({ status }) => status.health,
  ),
  singleValue("gauge", {
    name: "ready",
    unit: "",
    help: "1 once the buffer accepts readings and every device has been contacted.",
  }, ({ status }) => Number(status.ready)),

  ...deviceInstruments(),
  histogram({
    name: "poll.duration",
    unit: "s",
    help: "Time from the first request of a poll to its last response, all devices.",
  }, ({ pollSeconds }) => pollSeconds.reading),
  countsByName(
    {
      name: "failures",
      unit: "",
      help: "Failed connects, discoveries and polls, all devices.",
    },
    { name: "kind", values: "a fixed list of failure kinds" },
    ({ failures }) => failures,
  ),
  countsByName(
    {
      name: "record.polls",
      unit: "",
      help:
        "Polls with records, by how the records were made: direct (from the registers to Avro by compiled tables) or named (at least one record field by field, which takes longer).",
    },
    { name: "path", values: "direct, named" },
    ({ recordPaths }) => recordPaths,
  ),
  {
    name: "records",
    kind: "counter",
    unit: "",
    help: "Records made from polls.",
    labels: [
      { name: "type", values: "the record types" },
      { name: "quality", values: "good, partial, suspect" },
    ],
    *read({ measurements: { records } }) {
      for (const [name, value] of records.counts) {
        yield { labels: name.split(" "), value };
      }
    },
  },
  countsByName(
    {
      name: "decode.flags",
      unit: "",
      help: "Flags of records: values that could not be decoded or are implausible.",
    },
    { name: "reason", values: "a fixed list of reasons" },
    ({ flags }) => flags,
  ),

  ...bufferInstruments(),
  ...uplinkInstruments(),

  singleValue("gauge", {
    name: "clock.synchronised",
    unit: "",
    help:
      "1 if the clock of this machine is synchronised, 0 if not; absent if unknown.",
  }, ({ status }) => status.clock.synced === null ? null : Number(status.clock.synced)),
  histogram({
    name: "loop.lag",
    unit: "s",
    help: "Delay of timers in the event loop.",
  }, ({ lagSeconds }) => lagSeconds.reading),
  countsByName(
    {
      name: "events",
      unit: "",
      help: "Log events, including those that the rate limiter suppressed.",
    },
    { name: "event", values: "the event names of docs/events.md" },
    ({ events }) => events,
  ),
  singleValue("gauge", {
    name: "process.memory",
    unit: "By",
    help: "Resident memory of the process.",
  }, ({ status }) => status.memory.rssBytes),
  singleValue("gauge", {
    name: "process.heap",
    unit: "By",
    help: "JavaScript heap in use.",
  }, ({ status }) => status.memory.heapUsedBytes),
  singleValue("counter", {
    name: "process.cpu",
    unit: "s",
    help: "CPU time used by the process.",
  }, ({ cpuSeconds }) => cpuSeconds),
  singleValue("gauge", {
    name: "process.start_time",
    unit: "s",
    help: "Start time of the process, since the Unix epoch.",
  }, ({ status }) => status.sinceAtMs / 1_000),
];
