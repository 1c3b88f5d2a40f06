/**
 * Writes the references of metrics and events from their declarations. Pure.
 *
 * @module
 */

import { EVENTS } from "./log/events.ts";
import type { Instrument } from "./metrics/instrument.ts";
import { INSTRUMENTS } from "./metrics/instruments.ts";
import { prometheusName } from "./metrics/prometheus.ts";

const METRICS_HEAD = `# Metrics

<!-- Generated from src/observability/metrics/instruments.ts: deno task generate. -->

\`GET /metrics\` of the running agent (\`[observe] listen\`) returns these metrics as Prometheus text. With
\`[observe] otlp_url\` they are also exported as OTLP over HTTP; there \`sunspec_collector_poll_duration_seconds\` is
\`sunspec.collector.poll.duration\` with the unit \`s\`, the translation of the OpenTelemetry Collector. Counters begin at 0
at each start. Labels have few values; only the label \`device\` grows with the plant, by seven series per device.
`;

const EVENTS_HEAD = `# Events

<!-- Generated from src/observability/log/events.ts: deno task generate. -->

Every log line is one of these events. Event names are stable; a new kind of event gets a new name. \`[log] format\` selects
the format. \`auto\` writes text on a terminal and into the systemd journal, and JSON elsewhere: one object per line with
\`time\`, \`level\`, \`event\`, \`message\`, the fields that the message shows and a few more. In the journal a line is the
event name, the message and the remaining fields as \`name=value\`, so that \`journalctl -u sunspec-collector -g device.offline\`
finds it; each line has its priority (sd-daemon(3)), so that \`journalctl -p warning\` works: error 3, warning 4, info 6,
debug 7. A repeated event of the same subject is written at most once per minute; \`repeats\` or \`unlogged\` counts the
suppressed ones. For a device that stays offline the interval grows to one hour.
`;

/** The text of `docs/metrics.md`, with a line end. */
export function renderMetricsReference(): string {
  return `${METRICS_HEAD}
| Metric | Kind | Meaning | Labels |
| --- | --- | --- | --- |
${INSTRUMENTS.map(metricRow).join("")}`;
}

/** The text of `docs/events.md`, with a line end. */
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
