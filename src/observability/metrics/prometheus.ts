/**
 * Writes metrics in the Prometheus text exposition format 0.0.4 (prometheus.io,
 * "Exposition formats"). Pure.
 *
 * @module
 */

import type { HistogramReading } from "../../base/histogram.ts";
import type { Instrument, InstrumentUnit, MetricsSnapshot } from "./instrument.ts";

const PREFIX = "sunspec_collector_";

const UNITS: Readonly<Record<InstrumentUnit, string>> = {
  s: "_seconds",
  By: "_bytes",
  "": "",
};

/** Name of a metric in Prometheus, such as `sunspec_collector_poll_duration_seconds`. */
export function prometheusName({ name, unit, kind }: Instrument): string {
  const total = kind === "counter" ? "_total" : "";
  return `${PREFIX}${name.replaceAll(".", "_")}${UNITS[unit]}${total}`;
}

/**
 * Renders the metrics one by one, so that the caller can yield to other tasks in
 * between; a metric without a value is left out.
 */
export function* renderPrometheus(
  instruments: readonly Instrument[],
  seen: MetricsSnapshot,
): Generator<string> {
  for (const instrument of instruments) {
    const name = prometheusName(instrument);
    const samples = renderSamples(name, instrument, seen);
    if (samples === "") continue;
    yield `# HELP ${name} ${escapeHelp(instrument.help)}\n` +
      `# TYPE ${name} ${instrument.kind}\n${samples}`;
  }
}

function renderSamples(
  name: string,
  instrument: Instrument,
  seen: MetricsSnapshot,
): string {
  const openings = instrument.labels.map((label, at) =>
    `${at === 0 ? "" : ","}${label.name}="`
  );
  let samples = "";
  for (const { labels, value } of instrument.read(seen)) {
    let pairs = "";
    for (let at = 0; at < openings.length; at++) {
      pairs += `${openings[at]}${escapeValue(labels[at] ?? "")}"`;
    }
    samples += typeof value === "number"
      ? sample(name, pairs, value)
      : histogramSamples(name, pairs, value);
  }
  return samples;
}

function histogramSamples(
  name: string,
  pairs: string,
  { bounds, counts, sum, count }: HistogramReading,
): string {
  const comma = pairs === "" ? "" : ",";
  let upTo = 0;
  let samples = "";
  for (const [at, bound] of bounds.entries()) {
    upTo += counts[at] ?? 0;
    samples += sample(`${name}_bucket`, `${pairs}${comma}le="${bound}"`, upTo);
  }
  return samples + sample(`${name}_bucket`, `${pairs}${comma}le="+Inf"`, count) +
    sample(`${name}_sum`, pairs, sum) + sample(`${name}_count`, pairs, count);
}

function sample(name: string, pairs: string, value: number): string {
  return pairs === "" ? `${name} ${value}\n` : `${name}{${pairs}} ${value}\n`;
}

/** Escapes a label value; devices report some of them. */
function escapeValue(text: string): string {
  return /[\\"\n]/.test(text)
    ? text.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n")
    : text;
}

function escapeHelp(text: string): string {
  return text.replaceAll("\\", "\\\\").replaceAll("\n", "\\n");
}
