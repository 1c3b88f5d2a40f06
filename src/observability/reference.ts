/**
 * The references of metrics and events, written from their declarations. Pure.
 *
 * @module
 */

import { EVENTS } from "./log/events.ts";
import type { Instrument } from "./metrics/instrument.ts";
import { INSTRUMENTS } from "./metrics/instruments.ts";
import { prometheusName } from "./metrics/prometheus.ts";

const METRICS_HEAD = `# Metrics

<!-- Generated from src/observability/metrics/instruments.ts: deno task generate. -->

\`GET /metrics\` of the running agent (\`[observe] listen\`) shows these as Prometheus text. With \`[observe] otlp_url\`
they also go out as OTLP over HTTP; there \`sunspec_collector_poll_duration_seconds\` is \`sunspec.collector.poll.duration\`
with the unit \`s\`, as an OpenTelemetry Collector translates it. Counters begin at 0 at each start. Labels have few values;
only those named \`device\` grow with the plant, seven series a device.
`;

const EVENTS_HEAD = `# Events

<!-- Generated from src/observability/log/events.ts: deno task generate. -->

Every line of the log is one of these. Its name stays; what is new gets a new name. On a terminal lines are for people;
elsewhere each is a JSON object with \`time\`, \`level\`, \`event\`, \`message\` and the fields that the message names, and a
few more. Under systemd each begins with its priority (sd-daemon(3)), so that \`journalctl -p warning\` works: error 3,
warning 4, info 6, debug 7. What one thing says again and again is written once a minute at most, with
\`repeats\` or \`unlogged\` saying how often it was left out; what a dead device repeats comes ever more seldom, until it
is once an hour.
`;

/** Writes `docs/metrics.md`; ends in a line end. */
export function renderMetricsReference(): string {
  return `${METRICS_HEAD}
| Metric | Kind | What it says | Labels |
| --- | --- | --- | --- |
${INSTRUMENTS.map(metricRow).join("")}`;
}

/** Writes `docs/events.md`; ends in a line end. */
export function renderEventsReference(): string {
  const rows = Object.entries(EVENTS).map(([name, { level, message }]) =>
    row(`\`${name}\``, level, message)
  );
  return `${EVENTS_HEAD}
| Event | Level | Message |
| --- | --- | --- |
${rows.join("")}`;
}

function metricRow(instrument: Instrument): string {
  const labels = instrument.labels.map(({ name, values }) => `\`${name}\`: ${values}`);
  return row(
    `\`${prometheusName(instrument)}\``,
    instrument.kind,
    instrument.help,
    labels.join("; "),
  );
}

function row(...cells: readonly string[]): string {
  return `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |\n`;
}
