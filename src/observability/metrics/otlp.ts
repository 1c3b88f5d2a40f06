/**
 * The door to OTLP over HTTP: OpenTelemetry's own reader and exporter send what
 * the instruments read. Loaded only where it is configured.
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
import type { Instrument, Point, Seen } from "./instrument.ts";

/** Where to send, and what. */
export interface OtlpOptions {
  /** The whole URL: `http://collector.example:4318/v1/metrics`. */
  readonly url: string;
  readonly intervalMs: number;
  /** Further headers of each request, such as one that says who we are. */
  readonly headers: Readonly<Record<string, string>>;
  readonly instruments: readonly Instrument[];
  /** Reads everything now. */
  readonly see: () => Seen;
}

/** Sends by itself until it is closed. */
export interface OtlpExport {
  /** Sends once more, within 2 s, and ends. */
  close(): Promise<void>;
}

const PREFIX = "sunspec.collector.";

/** A send that takes longer is given up, in ms; what it told is told by the next. */
const SEND_LIMIT_MS = 10_000;
/** And the last one, in ms: the agent promises to end in time. */
const LAST_SEND_LIMIT_MS = 2_000;

/** Begins to send; `onSent` is told how each went: null = it was taken. */
export function startOtlp(
  options: OtlpOptions,
  onSent: (fault: string | null) => void,
): OtlpExport {
  const { url, intervalMs, headers, instruments, see } = options;
  const timeoutMs = Math.min(SEND_LIMIT_MS, intervalMs);
  const exporter = new OTLPMetricExporter({
    url,
    headers: { ...headers },
    timeoutMillis: timeoutMs,
    // With it, every second body stays behind under Deno 2.6.10's node:http if
    // the far side closes connections, as a proxy may.
    httpAgentOptions: { keepAlive: false },
  });
  const reader = new PeriodicExportingMetricReader({
    exporter: {
      export(metrics, done) {
        exporter.export(metrics, (result) => {
          onSent(result.error === undefined ? null : result.error.message);
          done({ code: 0 }); // told above; the library would only write to the console
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
      const seen = see();
      const { gateway, version } = seen.status;
      const resource = resourceFromAttributes({
        "service.name": "sunspec-collector",
        "service.instance.id": gateway,
        "service.version": version,
      });
      const metrics = instruments.map((one) => toMetric(one, seen));
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

/** One instrument's values in the form that the exporter takes. */
function toMetric(instrument: Instrument, seen: Seen): MetricData {
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
      valueType: 1, // DOUBLE: nothing is lost, and whole numbers stay whole
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

/** Seconds and nanoseconds, as OpenTelemetry counts time. */
function toTime(atMs: number): [number, number] {
  const seconds = Math.floor(atMs / 1_000);
  return [seconds, Math.round((atMs - seconds * 1_000) * 1e6)];
}
