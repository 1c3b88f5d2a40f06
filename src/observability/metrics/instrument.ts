/**
 * What an instrument is: the one form from which Prometheus text, OTLP and the
 * reference are made. Pure.
 *
 * @module
 */

import type { HistogramReading } from "../../base/histogram.ts";
import type { Tally } from "../../base/tally.ts";
import type { Measured } from "./measured.ts";
import type { AgentStatus, DeviceStatus } from "../status.ts";

/** Everything that instruments read. */
export interface Seen {
  readonly status: AgentStatus;
  readonly measured: Measured;
  /** Processor time that the process has used, in seconds. */
  readonly cpuSeconds: number;
}

/** What is measured: a count that only rises, a quantity of the moment, or how a quantity is spread. */
export type InstrumentKind = "counter" | "gauge" | "histogram";

/** In UCUM, as OpenTelemetry writes it: seconds, bytes, or a mere number. */
export type InstrumentUnit = "s" | "By" | "";

/** One instrument. */
export interface Instrument {
  /** Dotted, without prefix and unit: `device.polls`. */
  readonly name: string;
  readonly kind: InstrumentKind;
  readonly unit: InstrumentUnit;
  /** A sentence. */
  readonly help: string;
  readonly labels: readonly Label[];
  /** Its values now; no two with the same labels. */
  readonly read: (seen: Seen) => Iterable<Point>;
}

/** A label, and why its values are few. */
export interface Label {
  readonly name: string;
  /** What its values are, in words. */
  readonly values: string;
}

/** A value, with those of its labels in their order. */
export interface Point {
  readonly labels: readonly string[];
  readonly value: number | HistogramReading;
}

/** What an instrument says of itself beside its kind. */
export type About = Pick<Instrument, "name" | "unit" | "help">;

/** One value without labels; null = not known now. */
export function single(
  kind: "counter" | "gauge",
  about: About,
  value: (seen: Seen) => number | null,
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
  about: About,
  reading: (measured: Measured) => HistogramReading,
): Instrument {
  return {
    ...about,
    kind: "histogram",
    labels: [],
    *read({ measured }) {
      yield { labels: [], value: reading(measured) };
    },
  };
}

/** A counter for each name of a tally. */
export function tallied(
  about: About,
  label: Label,
  tally: (measured: Measured) => Tally,
): Instrument {
  return {
    ...about,
    kind: "counter",
    labels: [label],
    *read({ measured }) {
      for (const [name, value] of tally(measured).counts) {
        yield { labels: [name], value };
      }
    },
  };
}

/** For each of a few words 1 if it is the one of now, else 0. */
export function oneOf<W extends string>(
  about: About,
  label: Omit<Label, "values">,
  words: readonly W[],
  now: (seen: Seen) => W | null,
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

const DEVICE_LABEL: Label = { name: "device", values: "one a device of the roster" };

/** A value for each device, and more labels with what each says; null = not known now. */
export function perDevice(
  kind: "counter" | "gauge",
  about: About,
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

/** Its id; its address while it has none, or if another device says that it is the same. */
function nameOf(device: DeviceStatus, taken: Set<string>): string {
  const { id } = device;
  const name = id === null || taken.has(id) ? addressOf(device) : id;
  taken.add(name);
  return name;
}

/** `host:port/unit`. */
export function addressOf({ host, port, unitId }: DeviceStatus): string {
  return `${host.includes(":") ? `[${host}]` : host}:${port}/${unitId}`;
}
