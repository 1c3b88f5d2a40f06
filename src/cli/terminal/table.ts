/**
 * Tables as text: they fit a terminal's width, align numbers, and colour only
 * if asked. Pure: they give strings, and whoever owns the terminal writes them.
 *
 * @module
 */

/** How to render. */
export interface TableStyle {
  /** Columns of the terminal. */
  readonly width: number;
  /** ANSI colours; see {@linkcode wantsColour}. */
  readonly colour: boolean;
}

/** What a text is to look like. */
export type Tone = "plain" | "dim" | "bold" | "good" | "bad";

const SGR: Readonly<Record<Tone, string>> = {
  plain: "",
  dim: "2",
  bold: "1",
  good: "32",
  bad: "31",
};

/** A column of a table of Ts. */
export interface Column<T> {
  readonly title: string;
  /** Aligned to the right, as numbers are. */
  readonly right: boolean;
  /** Dropped in this order where the width does not do: 0 = never. */
  readonly dropped: number;
  /** It is cut before any other column is dropped. */
  readonly elastic?: boolean;
  cell(item: T): string;
  tone?(item: T): Tone;
}

/** Narrower than this nothing is readable, so nothing is cut further. */
const WIDTH_MIN = 20;
/** An elastic column is cut to this before others are dropped. */
const ELASTIC_MIN = 24;
const GAP = "  ";

/** Whether to colour: on a terminal, unless `NO_COLOR` is set to anything (no-color.org). */
export function wantsColour(isTerminal: boolean, noColor: string | undefined): boolean {
  return isTerminal && (noColor === undefined || noColor === "");
}

/** Colours a text. */
export function paint(text: string, tone: Tone, { colour }: TableStyle): string {
  return colour && tone !== "plain" && text !== ""
    ? `\x1b[${SGR[tone]}m${text}\x1b[0m`
    : text;
}

/** The width that lines may have. */
export function lineWidth({ width }: TableStyle): number {
  return Math.max(Math.floor(width), WIDTH_MIN);
}

/**
 * Renders titles and one line an item: without line ends, none wider than
 * {@linkcode lineWidth}, no blanks at their ends.
 */
export function renderTable<T>(
  columns: readonly Column<T>[],
  items: readonly T[],
  style: TableStyle,
): string[] {
  const chosen = chooseColumns(columns, items, lineWidth(style));
  const line = (cell: (column: Column<T>) => [string, Tone]): string =>
    chosen.map(({ column, width }, at) => {
      const [text, tone] = cell(column);
      const last = at === chosen.length - 1;
      return paint(pad(clean(text), width, column.right, last), tone, style);
    }).join(GAP);
  return [
    line(({ title }) => [title, "dim"]),
    ...items.map((item) =>
      line((column) => [column.cell(item), column.tone?.(item) ?? "plain"])
    ),
  ];
}

interface Chosen<T> {
  readonly column: Column<T>;
  readonly width: number;
}

/** Narrows what is elastic, drops columns, then narrows the first, until the line fits. */
function chooseColumns<T>(
  columns: readonly Column<T>[],
  items: readonly T[],
  widthMax: number,
): readonly Chosen<T>[] {
  let chosen: readonly Chosen<T>[] = columns.map((column) => ({
    column,
    width: Math.max(
      column.title.length,
      ...items.map((item) => lengthOf(clean(column.cell(item)))),
    ),
  }));
  const ranks = columns.map(({ dropped }) => dropped).filter((rank) => rank > 0);
  for (const rank of [0, ...ranks.sort((a, b) => a - b)]) {
    chosen = chosen.filter(({ column }) => rank === 0 || column.dropped !== rank);
    const elastic = chosen.find(({ column }) => column.elastic === true);
    const fitted = narrow(chosen, elastic, ELASTIC_MIN, widthMax);
    if (excess(fitted, widthMax) <= 0) return fitted;
  }
  return narrow(chosen, chosen[0], 1, widthMax);
}

/** By how much the columns are too wide. */
function excess<T>(chosen: readonly Chosen<T>[], widthMax: number): number {
  const gaps = (chosen.length - 1) * GAP.length;
  return chosen.reduce((sum, { width }) => sum + width, gaps) - widthMax;
}

/** Takes the excess from one column, of which `widthMin` stay. */
function narrow<T>(
  chosen: readonly Chosen<T>[],
  victim: Chosen<T> | undefined,
  widthMin: number,
  widthMax: number,
): readonly Chosen<T>[] {
  const tooMuch = Math.max(0, excess(chosen, widthMax));
  return chosen.map((each) =>
    each === victim
      ? {
        ...each,
        width: Math.max(Math.min(each.width, widthMin), each.width - tooMuch),
      }
      : each
  );
}

function pad(text: string, width: number, right: boolean, last: boolean): string {
  const fitted = cut(text, width);
  const space = " ".repeat(Math.max(0, width - lengthOf(fitted)));
  if (right) return space + fitted;
  return last ? fitted : fitted + space;
}

/** Cuts to `width` characters, the last one an ellipsis if something is missing. */
export function cut(text: string, width: number): string {
  const characters = [...text];
  if (characters.length <= width) return text;
  return `${characters.slice(0, Math.max(0, width - 1)).join("")}…`;
}

function lengthOf(text: string): number {
  return [...text].length;
}

/** What a device calls itself must neither move the cursor nor turn the line round. */
export function clean(text: string): string {
  return text.replaceAll(/\p{C}/gu, "?");
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

/** `512 B`, `80 KiB`, `1.5 GiB`. */
export function formatBytes(bytes: number): string {
  const power = Math.min(3, Math.floor(Math.log2(Math.max(1, bytes)) / 10));
  const value = bytes / 1024 ** power;
  const digits = power === 0 || value >= 100 || Number.isInteger(value) ? 0 : 1;
  return `${value.toFixed(digits)} ${["B", "KiB", "MiB", "GiB"][power]}`;
}

/** Breaks a text into lines that fit; what goes on is indented. */
export function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of clean(text).split(" ")) {
    const joined = line === "" ? word : `${line} ${word}`;
    if (line.trim() !== "" && [...joined].length > width) {
      lines.push(line);
      line = `  ${word}`;
    } else line = joined;
  }
  return [...lines, line];
}
