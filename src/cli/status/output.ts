/**
 * What `status` prints for people. Pure.
 *
 * @module
 */

import type { AgentStatus, DeviceStatus } from "../../observability/status.ts";
import type { Health } from "../../observability/health.ts";
import {
  clean,
  type Column,
  cut,
  formatAge,
  formatBytes,
  lineWidth,
  paint,
  renderTable,
  type TableStyle,
  type Tone,
} from "../terminal/table.ts";

const TONES: Readonly<Record<Health, Tone>> = {
  well: "good",
  troubled: "bad",
  failing: "bad",
};

/** The worse a state, the further up its devices stand. */
const RANKS: Readonly<Record<DeviceStatus["state"], number>> = {
  quarantined: 0,
  offline: 1,
  connecting: 2,
  online: 3,
  asleep: 4,
};

/** Renders what is wrong, then the devices, the worst first, then the rest. */
export function renderStatus(status: AgentStatus, style: TableStyle): string[] {
  const width = lineWidth(style);
  const { health, troubles, devices } = status;
  const ranked = devices.toSorted((a, b) => RANKS[a.state] - RANKS[b.state]);
  const facts = factsOf(status);
  const titleWidth = Math.max(...facts.map(([title]) => title.length));
  return [
    ...troubles.flatMap(({ text, severity }) =>
      wrap(`${severity}: ${clean(text)}`, width)
        .map((line) => paint(line, TONES[severity], style))
    ),
    ...(troubles.length === 0 ? [paint("all is well", TONES[health], style)] : []),
    "",
    ...(devices.length === 0 ? [] : [
      ...renderTable(columnsAt(status.writtenAtMs), ranked, style),
      "",
    ]),
    ...facts.map(([title, text]) =>
      cut(`${title.padEnd(titleWidth)}  ${clean(text)}`, width)
    ),
  ];
}

function columnsAt(nowMs: number): readonly Column<DeviceStatus>[] {
  const count = (
    title: string,
    dropped: number,
    of: (device: DeviceStatus) => number,
  ): Column<DeviceStatus> => ({
    title,
    right: true,
    dropped,
    cell: (device) => of(device).toLocaleString("en-US"),
  });
  return [
    { title: "device", right: false, dropped: 0, cell: ({ id }) => id ?? "-" },
    {
      title: "address",
      right: false,
      dropped: 5,
      cell: ({ host, port, unitId }) => `${host}:${port} unit ${unitId}`,
    },
    {
      title: "model",
      right: false,
      dropped: 3,
      cell: ({ manufacturer, model }) =>
        [manufacturer, model].filter((part) => part !== null).join(" ") || "-",
    },
    {
      title: "state",
      right: false,
      dropped: 0,
      cell: ({ state }) => state,
      tone: ({ state }) => RANKS[state] < RANKS.online ? "bad" : "good",
    },
    {
      title: "polled",
      right: true,
      dropped: 6,
      cell: ({ lastPollAtMs }) =>
        formatAge(lastPollAtMs === null ? null : nowMs - lastPollAtMs),
    },
    count("polls", 2, ({ polls }) => polls),
    count("failed", 4, ({ failures }) => failures),
    count("missed", 1, ({ slotsMissed }) => slotsMissed),
    {
      title: "why",
      right: false,
      dropped: 7,
      elastic: true,
      cell: ({ reason }) => reason ?? "",
    },
  ];
}

function factsOf(status: AgentStatus): readonly (readonly [string, string])[] {
  const { buffer, uplink, clock, memory, writtenAtMs: nowMs } = status;
  const ago = (atMs: number): string => `${formatAge(nowMs - atMs)} ago`;
  return [
    [
      "agent",
      `${status.gateway}, version ${status.version}, process ${status.pid}, ` +
      `${status.phase}, began ${ago(status.sinceAtMs)}`,
    ],
    [
      "buffer",
      buffer === null
        ? "not open yet"
        : `${buffer.rows.toLocaleString("en-US")} rows, ${
          formatBytes(buffer.bytes)
        } of ${formatBytes(buffer.bytesMax)}${
          buffer.oldestAtMs === null ? "" : `, the oldest ${ago(buffer.oldestAtMs)}`
        }, ${buffer.givenUp.toLocaleString("en-US")} given up`,
    ],
    [
      "uplink",
      uplink === null
        ? "none"
        : `${uplink.name}: ${uplink.state}, ${
          uplink.rowsDelivered.toLocaleString("en-US")
        } rows delivered${
          uplink.lastAckAtMs === null ? "" : `, the last ${ago(uplink.lastAckAtMs)}`
        }`,
    ],
    [
      "clock",
      clock.synced === null
        ? "synchronised or not: this machine does not say"
        : clock.synced
        ? "synchronised"
        : "not synchronised",
    ],
    ["memory", `${formatBytes(memory.rssBytes)} resident`],
  ];
}

/** Breaks a text at its blanks into lines of at most `width`; what has none is cut. */
function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(" ")) {
    const longer = line === "" ? word : `${line} ${word}`;
    if (longer.length <= width) line = longer;
    else {
      if (line !== "") lines.push(line);
      line = `  ${word}`;
    }
  }
  return [...lines, line].map((each) => cut(each, width));
}
