/**
 * The live table of `demo`, as text: fits a terminal's width, aligns numbers,
 * colours only if asked. Pure: it gives strings, and whoever owns the terminal
 * writes them.
 *
 * @module
 */

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
  /** Energy counter in Wh; null = none known. */
  readonly energyWh: number | null;
  /** Since the last good poll, in ms; null = none yet. */
  readonly pollAgeMs: number | null;
}

/** How to render. */
export interface TableStyle {
  /** Columns of the terminal. */
  readonly width: number;
  /** Lines of the terminal: devices that do not fit are counted instead. Without it all are shown. */
  readonly height?: number | undefined;
  /** ANSI colours; see {@linkcode wantsColour}. */
  readonly colour: boolean;
}

/** Whether to colour: on a terminal, unless `NO_COLOR` is set to anything (no-color.org). */
export function wantsColour(isTerminal: boolean, noColor: string | undefined): boolean {
  return isTerminal && (noColor === undefined || noColor === "");
}

/** Narrower than this nothing is readable, so nothing is cut further. */
const WIDTH_MIN = 20;
const GAP = "  ";

/** A line that is wider than thought (wide characters, a shrunk window) must stay one line. */
const WRAP_OFF = "\x1b[?7l";
const WRAP_ON = "\x1b[?7h";

type Tone = "plain" | "dim" | "bold" | "good" | "bad";
const SGR: Readonly<Record<Tone, string>> = {
  plain: "",
  dim: "2",
  bold: "1",
  good: "32",
  bad: "31",
};

interface Column {
  readonly title: string;
  readonly right: boolean;
  /** Dropped in this order where the width does not do: 0 = never. */
  readonly dropped: number;
  cell(device: DemoDevice): string;
  tone?(device: DemoDevice): Tone;
}

const COLUMNS: readonly Column[] = [
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
    cell: ({ powerW }) => formatWatts(powerW),
  },
  {
    title: "energy",
    right: true,
    dropped: 3,
    cell: ({ energyWh }) => formatWattHours(energyWh),
  },
  {
    title: "polled",
    right: true,
    dropped: 5,
    cell: ({ pollAgeMs }) => formatAge(pollAgeMs),
  },
];

/** Renders a frame: lines without line ends, none wider than `style.width`. */
export function renderDemo(view: DemoView, style: TableStyle): string[] {
  const width = Math.max(Math.floor(style.width), WIDTH_MIN);
  const paint = (text: string, tone: Tone): string =>
    style.colour && tone !== "plain" && text !== ""
      ? `\x1b[${SGR[tone]}m${text}\x1b[0m`
      : text;
  const summary = summaryOf(view);
  const shown = chooseDevices(view.devices, summary.length, style.height);
  const columns = chooseColumns(shown, width);
  const lines = [
    columns.map(({ column, width }) => paint(pad(column.title, width, column), "dim"))
      .join(GAP),
    ...shown.map((device) =>
      columns.map(({ column, width }) =>
        paint(
          pad(clean(column.cell(device)), width, column),
          column.tone?.(device) ?? "plain",
        )
      ).join(GAP)
    ),
  ];
  const hidden = view.devices.length - shown.length;
  if (hidden > 0) lines.push(paint(cut(`and ${hidden} more`, width), "dim"));
  lines.push("", ...summary.map(({ text, tone }) => paint(cut(text, width), tone)));
  return lines;
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

/** `0.4 s`, `12 s`, `3 min`, `2 h`; `-` for null. */
export function formatAge(ageMs: number | null): string {
  if (ageMs === null || !Number.isFinite(ageMs)) return "-";
  const seconds = Math.max(0, ageMs) / 1_000;
  if (seconds < 9.95) return `${seconds.toFixed(1)} s`;
  if (seconds < 99.5) return `${seconds.toFixed(0)} s`;
  if (seconds < 99.5 * 60) return `${(seconds / 60).toFixed(0)} min`;
  return `${(seconds / 3_600).toFixed(0)} h`;
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

/** Drops columns, then narrows the last resort, until the line fits. */
function chooseColumns(
  devices: readonly DemoDevice[],
  width: number,
): { column: Column; width: number }[] {
  let chosen = COLUMNS.map((column) => ({
    column,
    width: Math.max(
      column.title.length,
      ...devices.map((device) => lengthOf(clean(column.cell(device)))),
    ),
  }));
  const total = (): number =>
    chosen.reduce((sum, each) => sum + each.width, (chosen.length - 1) * GAP.length);
  const order = COLUMNS.map(({ dropped }) => dropped).filter((rank) => rank > 0).sort();
  for (const rank of order) {
    if (total() <= width) return chosen;
    chosen = chosen.filter(({ column }) => column.dropped !== rank);
  }
  const excess = Math.max(0, total() - width);
  return chosen.map((each, at) =>
    at === 0 ? { ...each, width: Math.max(1, each.width - excess) } : each
  );
}

function pad(text: string, width: number, { right }: Column): string {
  const fitted = cut(text, width);
  const space = " ".repeat(Math.max(0, width - lengthOf(fitted)));
  return right ? space + fitted : fitted + space;
}

/** Cuts to `width` characters, the last one an ellipsis if something is missing. */
function cut(text: string, width: number): string {
  const characters = [...text];
  if (characters.length <= width) return text;
  return `${characters.slice(0, Math.max(0, width - 1)).join("")}…`;
}

function lengthOf(text: string): number {
  return [...text].length;
}

/** What a device calls itself must not move the cursor. */
function clean(text: string): string {
  // deno-lint-ignore no-control-regex
  return text.replaceAll(/[\x00-\x1f\x7f-\x9f]/g, "?");
}
