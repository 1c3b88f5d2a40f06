/**
 * Every instrument, declared once: what `/metrics` shows, what goes out as
 * OTLP, and what `docs/metrics.md` lists. Pure.
 *
 * Names are for good: dashboards and alarms are built on them.
 *
 * @module
 */

import {
  addressOf,
  histogram,
  type Instrument,
  oneOf,
  perDevice,
  single,
  tallied,
} from "./instrument.ts";
import type { BufferStatus, DeviceStatus, UplinkStatus } from "./status.ts";

const STATES = ["connecting", "online", "asleep", "offline", "quarantined"] as const;

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

function deviceInstruments(): readonly Instrument[] {
  const count = (
    name: string,
    help: string,
    value: (device: DeviceStatus) => number,
  ): Instrument => perDevice("counter", { name, unit: "", help }, value);
  return [
    {
      name: "devices",
      kind: "gauge",
      unit: "",
      help: "Devices of the roster, by how they stand.",
      labels: [{ name: "state", values: STATES.join(", ") }],
      *read({ status: { devices } }) {
        for (const state of STATES) {
          const value = devices.filter((device) => device.state === state).length;
          yield { labels: [state], value };
        }
      },
    },
    perDevice(
      "gauge",
      {
        name: "device.info",
        unit: "",
        help: "Always 1; its labels say where and what a device is.",
      },
      () => 1,
      [
        { name: "address", values: "host:port/unit", of: addressOf },
        {
          name: "manufacturer",
          values: "as the device says",
          of: ({ manufacturer }) => manufacturer ?? "",
        },
        { name: "model", values: "as the device says", of: ({ model }) => model ?? "" },
      ],
    ),
    perDevice(
      "gauge",
      {
        name: "device.state",
        unit: "",
        help: "1 for the state that a device is in; its other states are not shown.",
      },
      () => 1,
      [{ name: "state", values: STATES.join(", "), of: ({ state }) => state }],
    ),
    perDevice(
      "gauge",
      {
        name: "device.last_poll_time",
        unit: "s",
        help: "When a poll of the device last answered, since the Unix epoch.",
      },
      ({ lastPollAtMs }) => lastPollAtMs === null ? null : lastPollAtMs / 1_000,
    ),
    count("device.polls", "Polls that answered.", ({ polls }) => polls),
    count(
      "device.failures",
      "Connects, discoveries and polls that failed.",
      ({ failures }) => failures,
    ),
    count(
      "device.slots_missed",
      "Slots of the device's grid that gave no record.",
      ({ slotsMissed }) => slotsMissed,
    ),
    count(
      "device.overruns",
      "Polls that still ran when their next slot came.",
      ({ overruns }) => overruns,
    ),
  ];
}

function bufferInstruments(): readonly Instrument[] {
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

function uplinkInstruments(): readonly Instrument[] {
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
