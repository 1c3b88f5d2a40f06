/**
 * Metrics of the devices: the only ones whose number grows with the plant. Pure.
 *
 * @module
 */

import { deviceAddressLabel, type Instrument, perDevice } from "./instrument.ts";
import type { DeviceStatus } from "../status.ts";

const STATES = ["connecting", "online", "asleep", "offline", "quarantined"] as const;

/** Number of devices by state, and seven series per device. */
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
      help: "Configured devices, by state.",
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
        help:
          "Always 1; the labels carry address, manufacturer and model of the device.",
      },
      () => 1,
      [
        { name: "address", values: "host:port/unit", of: deviceAddressLabel },
        {
          name: "manufacturer",
          values: "as reported by the device",
          of: ({ manufacturer }) => manufacturer ?? "",
        },
        {
          name: "model",
          values: "as reported by the device",
          of: ({ model }) => model ?? "",
        },
      ],
    ),
    perDevice(
      "gauge",
      {
        name: "device.state",
        unit: "",
        help: "1 for the current state of the device; its other states are absent.",
      },
      () => 1,
      [{ name: "state", values: STATES.join(", "), of: ({ state }) => state }],
    ),
    perDevice(
      "gauge",
      {
        name: "device.last_poll_time",
        unit: "s",
        help: "Time of the last answered poll of the device, since the Unix epoch.",
      },
      ({ lastPollAtMs }) => lastPollAtMs === null ? null : lastPollAtMs / 1_000,
    ),
    count("device.polls", "Answered polls.", ({ polls }) => polls),
    count(
      "device.failures",
      "Failed connects, discoveries and polls.",
      ({ failures }) => failures,
    ),
    count(
      "device.slots_missed",
      "Slots of the device's polling grid without a record.",
      ({ slotsMissed }) => slotsMissed,
    ),
    count(
      "device.overruns",
      "Polls that were still running when their next slot began.",
      ({ overruns }) => overruns,
    ),
  ];
}
