/**
 * Renders the live table of `demo` as text. Pure.
 *
 * @module
 */

import { formatAge, formatCount } from "../../base/format.ts";
import { lineWidth, paint, type TextStyle, type Tone } from "../terminal/style.ts";
import { renderTable, type TableColumn } from "../terminal/table.ts";
import { clean, cut } from "../terminal/text.ts";

/** Content of the table. */
export interface DemoView {
  readonly devices: readonly DemoDevice[];
  /** Destination of the rows: `Avro files in /tmp/demo`, `Kafka at localhost:9092`. */
  readonly destination: string;
  /** Current problem of the uplink; undefined if there is none. */
  readonly uplinkProblem?: string | undefined;
  /** Rows in the buffer. */
  readonly buffered: number;
  /** Rows that the destination acknowledged. */
  readonly delivered: number;
  /** Rows evicted from the buffer. */
  readonly evicted: number;
  /** Time since the start. */
  readonly elapsedMs: number;
  /** Total duration; undefined = until Ctrl-C. */
  readonly durationMs?: number | undefined;
}

/** One row of the table. */
export interface DemoDevice {
  readonly id: string;
  /** Address and unit, as shown. */
  readonly address: string;
  /** Manufacturer and model; null if not known yet. */
  readonly model: string | null;
  /** State of the device: `online`, `offline`, ... */
  readonly state: string;
  /** Whether the state is normal; determines its colour. */
  readonly healthy: boolean;
  /** Active power in W, with the sign that the device reports; null = unknown. */
  readonly powerW: number | null;
  /** Global irradiance in W/m2, shown if there is no power; null = unknown. */
  readonly irradianceWm2: number | null;
  /** Energy counter in Wh; null = unknown. */
  readonly energyWh: number | null;
  /** State of charge in percent, shown if there is no energy; null = unknown. */
  readonly chargePct: number | null;
  /** Time since the last successful poll, in ms; null = none yet. */
  readonly pollAgeMs: number | null;
}

/** How to render a frame. */
export interface DemoStyle extends TextStyle {
  /** Lines of the terminal: devices that do not fit are only counted. By default all are shown. */
  readonly height?: number | undefined;
}

const COLUMNS: readonly TableColumn<DemoDevice>[] = [
  { title: "device", alignRight: false, dropOrder: 0, cell: ({ id }) => id },
  { title: "address", alignRight: false, dropOrder: 2, cell: ({ address }) => address },
  {
    title: "model",
    alignRight: false,
    dropOrder: 1,
    cell: ({ model }) => model ?? "-",
  },
  {
    title: "state",
    alignRight: false,
    dropOrder: 4,
    cell: ({ state }) => state,
    tone: ({ healthy }) => healthy ? "good" : "bad",
  },
  {
    title: "power",
    alignRight: true,
    dropOrder: 0,
    cell: ({ powerW, irradianceWm2 }) =>
      powerW === null && irradianceWm2 !== null
        ? formatUnit(irradianceWm2, "W/m²")
        : formatWatts(powerW),
  },
  {
    title: "energy",
    alignRight: true,
    dropOrder: 3,
    cell: ({ energyWh, chargePct }) =>
      energyWh === null && chargePct !== null
        ? `${chargePct.toFixed(1)} %`
        : formatWattHours(energyWh),
  },
  {
    title: "polled",
    alignRight: true,
    dropOrder: 5,
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
  const footer = summary.map(({ text, tone }) => paint(cut(text, width), tone, style));
  return [...lines, "", ...footer];
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
  const seconds = (ms: number): string => `${Math.floor(ms / 1_000)} s`;
  const limit = view.durationMs === undefined
    ? "(press Ctrl-C to stop)"
    : `of ${seconds(view.durationMs)}`;
  const lines: { text: string; tone: Tone }[] = [
    {
      text: `${seconds(view.elapsedMs)} ${limit}, ${
        formatCount(view.delivered)
      } rows delivered, ${formatCount(view.buffered)} in the buffer`,
      tone: "bold",
    },
    { text: clean(`uplink: ${view.destination}`), tone: "plain" },
  ];
  if (view.uplinkProblem !== undefined) {
    lines.push({ text: clean(`uplink: ${view.uplinkProblem}`), tone: "bad" });
  }
  if (view.evicted > 0) {
    lines.push({ text: `${formatCount(view.evicted)} rows DROPPED`, tone: "bad" });
  }
  return lines;
}

/** The devices that fit between titles and summary; one line is left for the cursor. */
function chooseDevices(
  devices: readonly DemoDevice[],
  summaryLines: number,
  height = Infinity,
): readonly DemoDevice[] {
  const free = height - summaryLines - 3;
  return devices.length <= free ? devices : devices.slice(0, Math.max(1, free - 1));
}
