/**
 * The instruments of devices: the only ones that grow with the plant. Pure.
 *
 * @module
 */

import { addressOf, type Instrument, perDevice } from "./instrument.ts";
import type { DeviceStatus } from "../status.ts";

const STATES = ["connecting", "online", "asleep", "offline", "quarantined"] as const;

/** Seven series a device, and their number by state. */
export function deviceInstruments(): readonly Instrument[] {
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
