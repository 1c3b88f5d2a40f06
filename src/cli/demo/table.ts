/**
 * The live table of `demo`, as text. Pure.
 *
 * @module
 */

import {
  clean,
  type Column,
  cut,
  formatAge,
  lineWidth,
  paint,
  renderTable,
  type TableStyle,
  type Tone,
} from "../terminal/table.ts";

/** What the table shows. */
export interface DemoView {
  readonly devices: readonly DemoDevice[];
  /** Where rows go: `files in /tmp/demo`, `kafka at localhost:9092`. */
  readonly uplink: string;
  /** What is wrong with the uplink now; undefined = nothing. */
  readonly uplinkTrouble?: string | undefined;
  /** Rows that wait in the buffer. */
  readonly buffered: number;
  /** Rows that the uplink has taken. */
  readonly delivered: number;
  /** Rows given up. */
  readonly lost: number;
  /** Since the start. */
  readonly elapsedMs: number;
  /** When it ends by itself; undefined = on Ctrl-C. */
  readonly durationMs?: number | undefined;
}

/** One line of the table. */
export interface DemoDevice {
  readonly id: string;
  /** `host:port` and the unit, as the caller likes to write them. */
  readonly address: string;
  /** Manufacturer and model; null until it is known. */
  readonly model: string | null;
  /** The state of its actor or of the device: `polling`, `backoff`, ... */
  readonly state: string;
  /** Whether the state is as it should be; colours it. */
  readonly healthy: boolean;
  /** Active power in W, signed as the device says; null = none known. */
  readonly powerW: number | null;
  /** Global irradiance in W/m2, in place of a power; null = none known. */
  readonly irradianceWm2: number | null;
  /** Energy counter in Wh; null = none known. */
  readonly energyWh: number | null;
  /** State of charge in percent, in place of an energy; null = none known. */
  readonly chargePct: number | null;
  /** Since the last good poll, in ms; null = none yet. */
  readonly pollAgeMs: number | null;
}

/** How to render a frame. */
export interface DemoStyle extends TableStyle {
  /** Lines of the terminal: devices that do not fit are counted instead. Without it all are shown. */
  readonly height?: number | undefined;
}

/** A line that is wider than thought (wide characters, a shrunk window) must stay one line. */
const WRAP_OFF = "\x1b[?7l";
const WRAP_ON = "\x1b[?7h";

const COLUMNS: readonly Column<DemoDevice>[] = [
  { title: "device", right: false, dropped: 0, cell: ({ id }) => id },
  { title: "address", right: false, dropped: 2, cell: ({ address }) => address },
  { title: "model", right: false, dropped: 1, cell: ({ model }) => model ?? "-" },
  {
    title: "state",
    right: false,
    dropped: 4,
    cell: ({ state }) => state,
    tone: ({ healthy }) => healthy ? "good" : "bad",
  },
  {
    title: "power",
    right: true,
    dropped: 0,
    cell: ({ powerW, irradianceWm2 }) =>
      powerW === null && irradianceWm2 !== null
        ? formatUnit(irradianceWm2, "W/m²")
        : formatWatts(powerW),
  },
  {
    title: "energy",
    right: true,
    dropped: 3,
    cell: ({ energyWh, chargePct }) =>
      energyWh === null && chargePct !== null
        ? `${chargePct.toFixed(1)} %`
        : formatWattHours(energyWh),
  },
  {
    title: "polled",
    right: true,
    dropped: 5,
    cell: ({ pollAgeMs }) => formatAge(pollAgeMs),
  },
];

/** Renders a frame: lines without line ends, none wider than `style.width`. */
export function renderDemo(view: DemoView, style: DemoStyle): string[] {
  const width = lineWidth(style);
  const summary = summaryOf(view);
  const shown = chooseDevices(view.devices, summary.length, style.height);
  const lines = renderTable(COLUMNS, shown, style);
  const hidden = view.devices.length - shown.length;
  if (hidden > 0) lines.push(paint(cut(`and ${hidden} more`, width), "dim", style));
  const told = summary.map(({ text, tone }) => paint(cut(text, width), tone, style));
  return [...lines, "", ...told];
}

/**
 * What to write so that `frame` stands where the previous frame stood.
 *
 * @param previousLines how many lines the previous frame had; 0 for the first.
 */
export function redraw(frame: readonly string[], previousLines: number): string {
  const up = previousLines > 0 ? `\x1b[${previousLines}A\r` : "";
  const lines = frame.map((line) => `${line}\x1b[K\n`).join("");
  return `${up}${WRAP_OFF}${lines}${WRAP_ON}\x1b[J`;
}

/** `12.34 kW`, `-870 W`; `-` for null. */
export function formatWatts(watts: number | null): string {
  return formatUnit(watts, "W");
}

/** `169.55 MWh`; `-` for null. */
export function formatWattHours(wattHours: number | null): string {
  return formatUnit(wattHours, "Wh");
}

function formatUnit(value: number | null, unit: string): string {
  if (value === null || !Number.isFinite(value)) return "-";
  const size = Math.abs(value);
  if (size < 999.5) return `${Math.round(value) + 0} ${unit}`;
  if (size < 999_995) return `${(value / 1e3).toFixed(2)} k${unit}`;
  if (size < 999_995_000) return `${(value / 1e6).toFixed(2)} M${unit}`;
  if (size < 999_995_000_000) return `${(value / 1e9).toFixed(2)} G${unit}`;
  return `${value.toExponential(1)} ${unit}`;
}

function summaryOf(view: DemoView): { text: string; tone: Tone }[] {
  const count = (rows: number): string => rows.toLocaleString("en-US");
  const seconds = (ms: number): string => `${Math.floor(ms / 1_000)} s`;
  const left = view.durationMs === undefined
    ? "Ctrl-C ends it"
    : `of ${seconds(view.durationMs)}`;
  const lines: { text: string; tone: Tone }[] = [
    {
      text: `${seconds(view.elapsedMs)} ${left}, ${
        count(view.delivered)
      } rows delivered, ${count(view.buffered)} in the buffer`,
      tone: "bold",
    },
    { text: clean(`uplink: ${view.uplink}`), tone: "plain" },
  ];
  if (view.uplinkTrouble !== undefined) {
    lines.push({ text: clean(`uplink: ${view.uplinkTrouble}`), tone: "bad" });
  }
  if (view.lost > 0) lines.push({ text: `${count(view.lost)} rows lost`, tone: "bad" });
  return lines;
}

/** The devices that fit between the titles and the summary; one line is for the cursor. */
function chooseDevices(
  devices: readonly DemoDevice[],
  summaryLines: number,
  height = Infinity,
): readonly DemoDevice[] {
  const free = height - summaryLines - 3;
  return devices.length <= free ? devices : devices.slice(0, Math.max(1, free - 1));
}
