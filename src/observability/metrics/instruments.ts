/**
 * Every instrument, declared once: what `/metrics` shows, what goes out as
 * OTLP, and what `docs/metrics.md` lists. Pure.
 *
 * Names are for good: dashboards and alarms are built on them.
 *
 * @module
 */

import { deviceInstruments } from "./device_instruments.ts";
import { bufferInstruments, uplinkInstruments } from "./flow_instruments.ts";
import { histogram, type Instrument, oneOf, single, tallied } from "./instrument.ts";

/** All of them, in the order in which they are shown. */
export const INSTRUMENTS: readonly Instrument[] = [
  {
    name: "build_info",
    kind: "gauge",
    unit: "",
    help: "Always 1; its labels say which program this is.",
    labels: [
      { name: "version", values: "the program's version" },
      { name: "gateway", values: "the gateway's id" },
    ],
    *read({ status: { version, gateway } }) {
      yield { labels: [version, gateway], value: 1 };
    },
  },
  oneOf(
    {
      name: "health",
      unit: "",
      help:
        "1 for how the agent stands, 0 for the others: well; troubled, readings are safe; failing, they are lost or soon will be.",
    },
    { name: "health" },
    ["well", "troubled", "failing"],
    ({ status }) => status.health,
  ),
  single("gauge", {
    name: "ready",
    unit: "",
    help: "1 once the buffer takes readings and every device has been asked.",
  }, ({ status }) => Number(status.ready)),

  ...deviceInstruments(),
  histogram({
    name: "poll.duration",
    unit: "s",
    help: "From a poll's first request to its last answer, over all devices.",
  }, ({ pollSeconds }) => pollSeconds.reading),
  tallied(
    {
      name: "failures",
      unit: "",
      help: "Connects, discoveries and polls that failed, over all devices.",
    },
    { name: "kind", values: "a closed list of kinds of failure" },
    ({ failures }) => failures,
  ),
  {
    name: "records",
    kind: "counter",
    unit: "",
    help: "Records that polls gave.",
    labels: [
      { name: "type", values: "the types of records" },
      { name: "quality", values: "good, partial, suspect" },
    ],
    *read({ measured: { records } }) {
      for (const [name, value] of records.counts) {
        yield { labels: name.split(" "), value };
      }
    },
  },
  tallied(
    {
      name: "decode.flags",
      unit: "",
      help: "Flags of records: values that could not be decoded, or are odd.",
    },
    { name: "reason", values: "a closed list of reasons" },
    ({ flags }) => flags,
  ),

  ...bufferInstruments(),
  ...uplinkInstruments(),

  single("gauge", {
    name: "clock.synchronised",
    unit: "",
    help:
      "1 if the machine says that its clock is synchronised, 0 if it says that it is not; absent if it does not say.",
  }, ({ status }) => status.clock.synced === null ? null : Number(status.clock.synced)),
  histogram({
    name: "loop.lag",
    unit: "s",
    help: "How much later than due timers fire: what else the process is busy with.",
  }, ({ lagSeconds }) => lagSeconds.reading),
  tallied(
    {
      name: "events",
      unit: "",
      help: "Events of the log, those that were folded into others included.",
    },
    { name: "event", values: "the names of docs/events.md" },
    ({ events }) => events,
  ),
  single("gauge", {
    name: "process.memory",
    unit: "By",
    help: "Resident memory of the process.",
  }, ({ status }) => status.memory.rssBytes),
  single("gauge", {
    name: "process.heap",
    unit: "By",
    help: "JavaScript heap that is in use.",
  }, ({ status }) => status.memory.heapUsedBytes),
  single("counter", {
    name: "process.cpu",
    unit: "s",
    help: "Processor time that the process has used.",
  }, ({ cpuSeconds }) => cpuSeconds),
  single("gauge", {
    name: "process.start_time",
    unit: "s",
    help: "When the process began, since the Unix epoch.",
  }, ({ status }) => status.sinceAtMs / 1_000),
];
