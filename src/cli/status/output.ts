/**
 * The text that `status` prints. Pure.
 *
 * @module
 */

import { formatUnitAddress } from "../../base/network/address.ts";
import { formatAge, formatBytes, formatCount } from "../../base/format.ts";
import type { AgentStatus, DeviceStatus } from "../../observability/status.ts";
import type { Health } from "../../observability/status.ts";
import { lineWidth, paint, type TextStyle, type Tone } from "../terminal/style.ts";
import { renderTable, type TableColumn } from "../terminal/table.ts";
import { wrap } from "../terminal/text.ts";

const TONES: Readonly<Record<Health, Tone>> = {
  healthy: "good",
  degraded: "bad",
  failing: "bad",
};

/** Labels of problems by their severity. */
const LABELS: Readonly<Record<Exclude<Health, "healthy">, string>> = {
  degraded: "WARNING",
  failing: "CRITICAL",
};

/** Sort order of the devices: those with problems first. */
const RANKS: Readonly<Record<DeviceStatus["state"], number>> = {
  quarantined: 0,
  offline: 1,
  connecting: 2,
  online: 3,
  asleep: 4,
};

/** Renders the problems, the devices (those with problems first) and the parts of the agent. */
export function renderStatus(status: AgentStatus, style: TextStyle): string[] {
  const width = lineWidth(style);
  const { health, troubles, devices } = status;
  const ranked = devices.toSorted((a, b) => RANKS[a.state] - RANKS[b.state]);
  return [
    ...troubles.flatMap(({ text, severity }) =>
      wrap(`${LABELS[severity]}: ${text}`, width)
        .map((line) => paint(line, TONES[severity], style))
    ),
    ...(troubles.length === 0 ? [paint("OK: no problems", TONES[health], style)] : []),
    "",
    ...(devices.length === 0 ? [] : [
      ...renderTable(columnsAt(status.writtenAtMs), ranked, style),
      "",
    ]),
    ...renderParts(status, width),
  ];
}

function columnsAt(nowMs: number): readonly TableColumn<DeviceStatus>[] {
  const count = (
    title: string,
    dropOrder: number,
    of: (device: DeviceStatus) => number,
  ): TableColumn<DeviceStatus> => ({
    title,
    alignRight: true,
    dropOrder,
    cell: (device) => formatCount(of(device)),
  });
  return [
    {
      title: "device",
      alignRight: false,
      dropOrder: 0,
      cell: (device) => device.id ?? unitOf(device),
    },
    // The last column to be hidden: it names devices that never responded.
    { title: "address", alignRight: false, dropOrder: 6, cell: unitOf },
    {
      title: "model",
      alignRight: false,
      dropOrder: 4,
      cell: ({ manufacturer, model }) =>
        [manufacturer, model].filter((part) => part !== null).join(" ") || "-",
    },
    {
      title: "state",
      alignRight: false,
      dropOrder: 0,
      cell: ({ state }) => state,
      tone: ({ state }) => RANKS[state] < RANKS.online ? "bad" : "good",
    },
    {
      title: "polled",
      alignRight: true,
      dropOrder: 5,
      cell: ({ lastPollAtMs }) =>
        formatAge(lastPollAtMs === null ? null : nowMs - lastPollAtMs),
    },
    count("polls", 2, ({ polls }) => polls),
    count("failed", 3, ({ failures }) => failures),
    count("missed", 1, ({ slotsMissed }) => slotsMissed),
    {
      title: "reason",
      alignRight: false,
      dropOrder: 0,
      overflow: "below",
      cell: ({ reason, notes }) => reason ?? notes.join("; "),
    },
  ];
}

function unitOf({ host, port, unitId }: DeviceStatus): string {
  return formatUnitAddress(host, port, unitId);
}

/** One line for each part of the agent; a long one continues under its text. */
function renderParts(status: AgentStatus, width: number): string[] {
  const parts = describeParts(status);
  const titleWidth = Math.max(...parts.map(([title]) => title.length)) + 2;
  return parts.flatMap(([title, text]) =>
    wrap(`${title.padEnd(titleWidth)}${text}`, width)
  );
}

type Part = readonly [title: string, text: string];

function describeParts(status: AgentStatus): readonly Part[] {
  const { gateway, version, pid, phase, clock, memory } = status;
  const started = describeAgo(status.sinceAtMs, status.writtenAtMs);
  return [
    [
      "agent",
      `${gateway}, version ${version}, process ${pid}, ${phase}, started ${started}`,
    ],
    ["buffer", describeBuffer(status)],
    ["uplink", describeUplink(status)],
    ["clock", describeClock(clock.synced)],
    ["memory", `${formatBytes(memory.rssBytes)} resident`],
  ];
}

function describeBuffer({ buffer, writtenAtMs }: AgentStatus): string {
  if (buffer === null) return "not open yet";
  const { rows, bytes, bytesMax, oldestAtMs, givenUp } = buffer;
  const oldest = oldestAtMs === null
    ? ""
    : `, oldest ${describeAgo(oldestAtMs, writtenAtMs)}`;
  return `${formatCount(rows)} rows, ${formatBytes(bytes)} of ${
    formatBytes(bytesMax)
  }${oldest}, ${formatCount(givenUp)} evicted`;
}

function describeUplink({ uplink, writtenAtMs }: AgentStatus): string {
  if (uplink === null) return "none";
  const { name, state, rowsDelivered, lastAckAtMs } = uplink;
  const last = lastAckAtMs === null
    ? ""
    : `, last ${describeAgo(lastAckAtMs, writtenAtMs)}`;
  return `${name}: ${state}, ${formatCount(rowsDelivered)} rows delivered${last}`;
}

function describeClock(synced: boolean | null): string {
  if (synced === null) return "sync status unknown (systemd-timesyncd not running)";
  return synced ? "synchronised" : "not synchronised";
}

function describeAgo(atMs: number, nowMs: number): string {
  return `${formatAge(nowMs - atMs)} ago`;
}
