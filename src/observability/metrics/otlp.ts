/**
 * Exports metrics as OTLP over HTTP with OpenTelemetry's reader and exporter.
 * Loaded only if it is configured.
 *
 * @module
 */

import { OTLPMetricExporter } from "@opentelemetry/exporter-metrics-otlp-http";
import { resourceFromAttributes } from "@opentelemetry/resources";
import {
  AggregationTemporality,
  DataPointType,
  type MetricData,
  PeriodicExportingMetricReader,
} from "@opentelemetry/sdk-metrics";
import type { HistogramReading } from "../../base/histogram.ts";
import type { Instrument, MetricsSnapshot, Point } from "./instrument.ts";

/** Options of the export. */
export interface OtlpOptions {
  /** Complete URL, such as `http://collector.example:4318/v1/metrics`. */
  readonly url: string;
  readonly intervalMs: number;
  /** Further headers of each request, such as an authorisation. */
  readonly headers: Readonly<Record<string, string>>;
  readonly instruments: readonly Instrument[];
  /** Reads the current values. */
  readonly snapshot: () => MetricsSnapshot;
}

/** A running export. */
export interface OtlpExport {
  /** Exports once more, within 2 s, and ends. */
  close(): Promise<void>;
}

const PREFIX = "sunspec.collector.";

/** Time limit of an export, in ms; counters are cumulative, so the next one carries the same totals. */
const SEND_LIMIT_MS = 10_000;
/** Time limit of the last export, in ms: the agent must end in time. */
const LAST_SEND_LIMIT_MS = 2_000;

/** Starts the export; `onSent` receives the error of each export, null if it succeeded. */
export function startOtlp(
  options: OtlpOptions,
  onSent: (fault: string | null) => void,
): OtlpExport {
  const { url, intervalMs, headers, instruments, snapshot } = options;
  const timeoutMs = Math.min(SEND_LIMIT_MS, intervalMs);
  const exporter = new OTLPMetricExporter({
    url,
    headers: { ...headers },
    timeoutMillis: timeoutMs,
    // With keep-alive, node:http of Deno 2.6.10 loses every second body if the server
    // closes connections, as a proxy may.
    httpAgentOptions: { keepAlive: false },
  });
  const reader = new PeriodicExportingMetricReader({
    exporter: {
      export(metrics, done) {
        exporter.export(metrics, (result) => {
          onSent(result.error === undefined ? null : result.error.message);
          done({ code: 0 }); // reported above; the library would write to the console
        });
      },
      selectAggregationTemporality: () => AggregationTemporality.CUMULATIVE,
      forceFlush: () => exporter.forceFlush(),
      shutdown: () => exporter.shutdown(),
    },
    exportIntervalMillis: intervalMs,
    exportTimeoutMillis: timeoutMs,
  });
  reader.setMetricProducer({
    collect() {
      const seen = snapshot();
      const { gateway, version } = seen.status;
      const resource = resourceFromAttributes({
        "service.name": "sunspec-collector",
        "service.instance.id": gateway,
        "service.version": version,
      });
      const metrics = instruments.map((each) => toMetric(each, seen));
      const scope = { name: "sunspec-collector", version };
      return Promise.resolve({
        resourceMetrics: { resource, scopeMetrics: [{ scope, metrics }] },
        errors: [],
      });
    },
  });
  return {
    async close() {
      await reader.shutdown({ timeoutMillis: LAST_SEND_LIMIT_MS });
    },
  };
}

/** The values of one metric in the form of the exporter. */
function toMetric(instrument: Instrument, seen: MetricsSnapshot): MetricData {
  const { kind, name, help, unit } = instrument;
  const startTime = toTime(seen.status.sinceAtMs);
  const endTime = toTime(seen.status.writtenAtMs);
  const points = [...instrument.read(seen)];
  const frame = (point: Point) => ({
    startTime,
    endTime,
    attributes: Object.fromEntries(
      instrument.labels.map((label, at) => [label.name, point.labels[at] ?? ""]),
    ),
  });
  const numbers = points.flatMap((point) =>
    typeof point.value === "number" ? [{ ...frame(point), value: point.value }] : []
  );
  const about = {
    descriptor: {
      name: `${PREFIX}${name}`,
      description: help,
      unit,
      valueType: 1, // DOUBLE: exact for all integers that occur
    },
    aggregationTemporality: AggregationTemporality.CUMULATIVE,
  };
  switch (kind) {
    case "gauge":
      return { ...about, dataPointType: DataPointType.GAUGE, dataPoints: numbers };
    case "counter":
      return {
        ...about,
        dataPointType: DataPointType.SUM,
        isMonotonic: true,
        dataPoints: numbers,
      };
    case "histogram":
      return {
        ...about,
        dataPointType: DataPointType.HISTOGRAM,
        dataPoints: points.flatMap((point) =>
          typeof point.value === "number"
            ? []
            : [{ ...frame(point), value: toBuckets(point.value) }]
        ),
      };
  }
}

function toBuckets({ bounds, counts, sum, count }: HistogramReading) {
  return {
    buckets: { boundaries: [...bounds], counts: [...counts] },
    sum,
    count,
  };
}

/** Seconds and nanoseconds, the time format of OpenTelemetry. */
function toTime(atMs: number): [number, number] {
  const seconds = Math.floor(atMs / 1_000);
  return [seconds, Math.round((atMs - seconds * 1_000) * 1e6)];
}
