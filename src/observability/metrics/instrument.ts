/**
 * Declaration of a metric (OpenTelemetry: instrument), from which Prometheus text,
 * OTLP and the reference are made. Pure.
 *
 * @module
 */

import { formatAddress } from "../../base/network/address.ts";
import type { HistogramReading } from "../../base/histogram.ts";
import type { Tally } from "../../base/tally.ts";
import type { Measurements } from "./measurements.ts";
import type { AgentStatus, DeviceStatus } from "../status.ts";

/** Everything that metrics are read from. */
export interface MetricsSnapshot {
  readonly status: AgentStatus;
  readonly measurements: Measurements;
  /** CPU time used by the process, in seconds. */
  readonly cpuSeconds: number;
}

/** Counter (only rises), gauge (current value) or histogram (distribution). */
export type InstrumentKind = "counter" | "gauge" | "histogram";

/** Unit in UCUM, as OpenTelemetry uses it: seconds, bytes or none. */
export type InstrumentUnit = "s" | "By" | "";

/** One metric. */
export interface Instrument {
  /** Dotted, without prefix and unit, such as `device.polls`. */
  readonly name: string;
  readonly kind: InstrumentKind;
  readonly unit: InstrumentUnit;
  /** One sentence. */
  readonly help: string;
  readonly labels: readonly Label[];
  /** Current values; each set of labels occurs once. */
  readonly read: (seen: MetricsSnapshot) => Iterable<Point>;
}

/** A label and a description of its values. */
export interface Label {
  readonly name: string;
  /** Description of its values. */
  readonly values: string;
}

/** A value with the values of its labels, in the order of the labels. */
export interface Point {
  readonly labels: readonly string[];
  readonly value: number | HistogramReading;
}

/** Name, unit and help text of a metric. */
export type InstrumentInfo = Pick<Instrument, "name" | "unit" | "help">;

/** A metric without labels; null = no value at present. */
export function singleValue(
  kind: "counter" | "gauge",
  about: InstrumentInfo,
  value: (seen: MetricsSnapshot) => number | null,
): Instrument {
  return {
    ...about,
    kind,
    labels: [],
    *read(seen) {
      const now = value(seen);
      if (now !== null) yield { labels: [], value: now };
    },
  };
}

/** A histogram without labels. */
export function histogram(
  about: InstrumentInfo,
  reading: (measured: Measurements) => HistogramReading,
): Instrument {
  return {
    ...about,
    kind: "histogram",
    labels: [],
    *read({ measurements }) {
      yield { labels: [], value: reading(measurements) };
    },
  };
}

/** A counter per name of a tally. */
export function countsByName(
  about: InstrumentInfo,
  label: Label,
  tally: (measured: Measurements) => Tally,
): Instrument {
  return {
    ...about,
    kind: "counter",
    labels: [label],
    *read({ measurements }) {
      for (const [name, value] of tally(measurements).counts) {
        yield { labels: [name], value };
      }
    },
  };
}

/** A gauge per word: 1 for the current one, else 0; null = no value at present. */
export function stateSet<W extends string>(
  about: InstrumentInfo,
  label: Omit<Label, "values">,
  words: readonly W[],
  now: (seen: MetricsSnapshot) => W | null,
): Instrument {
  return {
    ...about,
    kind: "gauge",
    labels: [{ ...label, values: words.join(", ") }],
    *read(seen) {
      const current = now(seen);
      if (current === null) return;
      for (const word of words) {
        yield { labels: [word], value: word === current ? 1 : 0 };
      }
    },
  };
}

const DEVICE_LABEL: Label = { name: "device", values: "one per configured device" };

/** A metric with one value per device, and further labels; null = no value at present. */
export function perDevice(
  kind: "counter" | "gauge",
  about: InstrumentInfo,
  value: (device: DeviceStatus) => number | null,
  more: readonly (Label & { readonly of: (device: DeviceStatus) => string })[] = [],
): Instrument {
  return {
    ...about,
    kind,
    labels: [DEVICE_LABEL, ...more.map(({ name, values }) => ({ name, values }))],
    *read({ status: { devices } }) {
      const taken = new Set<string>();
      for (const device of devices) {
        const label = nameOf(device, taken);
        const now = value(device);
        if (now === null) continue;
        yield { labels: [label, ...more.map(({ of }) => of(device))], value: now };
      }
    },
  };
}

/** Its id; its address if it has none yet or another device has the same id. */
function nameOf(device: DeviceStatus, taken: Set<string>): string {
  const { id } = device;
  const name = id === null || taken.has(id) ? deviceAddressLabel(device) : id;
  taken.add(name);
  return name;
}

/** `host:port/unit`. */
export function deviceAddressLabel({ host, port, unitId }: DeviceStatus): string {
  return `${formatAddress(host, port)}/${unitId}`;
}
