/**
 * Tables as text that fit the width of a terminal. Pure.
 *
 * @module
 */

import { lineWidth, paint, type TextStyle, type Tone } from "./style.ts";
import { clean, cut, displayWidth, wrap } from "./text.ts";

/** A column of a table with one row for each `T`. */
export interface TableColumn<T> {
  readonly title: string;
  /** Aligns the cells to the right, as for numbers. */
  readonly alignRight: boolean;
  /** Columns are hidden in this order until the table fits; 0 = never hidden. */
  readonly dropOrder: number;
  /**
   * What happens before any column is hidden, if the table is too wide:
   * `shrink` cuts the cells down to {@linkcode SHRUNK_MIN} columns; `below`
   * moves the text of the cells under their rows, wrapped. One column at most.
   */
  readonly overflow?: "shrink" | "below";
  cell(item: T): string;
  tone?(item: T): Tone;
}

/** Least width of a column with `overflow: "shrink"`. */
const SHRUNK_MIN = 24;
const GAP = "  ";
/** Indent of text under a row. */
const INDENT = "  ";

/** A column that is shown, with its width. */
interface Fitted<T> {
  readonly column: TableColumn<T>;
  readonly width: number;
}

/**
 * Renders a line of titles and one row for each item: no line ends, no line
 * wider than {@linkcode lineWidth}, no spaces at the end of a row.
 */
export function renderTable<T>(
  columns: readonly TableColumn<T>[],
  items: readonly T[],
  style: TextStyle,
): string[] {
  const widthMax = lineWidth(style);
  const { fitted, below } = fitColumns(columns, items, widthMax);
  const line = (cell: (column: TableColumn<T>) => [string, Tone]): string =>
    fitted.map(({ column, width }) => {
      const [text, tone] = cell(column);
      const shown = cut(clean(text).trimEnd(), width);
      const space = " ".repeat(Math.max(0, width - displayWidth(shown)));
      const painted = paint(shown, tone, style);
      return column.alignRight ? space + painted : painted + space;
    }).join(GAP).trimEnd();
  const textBelow = (item: T): string[] => {
    const text = below?.cell(item) ?? "";
    if (text === "") return [];
    return wrap(text, widthMax - INDENT.length).map((each) => `${INDENT}${each}`);
  };
  return [
    line(({ title }) => [title, "dim"]),
    ...items.flatMap((item) => [
      line((column) => [column.cell(item), column.tone?.(item) ?? "plain"]),
      ...textBelow(item),
    ]),
  ];
}

/** The titles of the columns that {@linkcode renderTable} hides. */
export function hiddenTitles<T>(
  columns: readonly TableColumn<T>[],
  items: readonly T[],
  style: TextStyle,
): string[] {
  const { fitted, below } = fitColumns(columns, items, lineWidth(style));
  const shown = new Set([...fitted.map(({ column }) => column), below]);
  return columns.filter((column) => !shown.has(column)).map(({ title }) => title);
}

/** Chooses the columns to show and their widths. */
function fitColumns<T>(
  columns: readonly TableColumn<T>[],
  items: readonly T[],
  widthMax: number,
): { readonly fitted: readonly Fitted<T>[]; readonly below?: TableColumn<T> } {
  const all = columns.map((column) => ({
    column,
    width: Math.max(
      displayWidth(column.title),
      ...items.map((item) => displayWidth(clean(column.cell(item)))),
    ),
  }));
  if (excess(all, widthMax) <= 0) return { fitted: all };
  const below = columns.find(({ overflow }) => overflow === "below");
  const beside = all.filter(({ column }) => column !== below);
  const fitted = hideColumns(beside, widthMax);
  return below === undefined ? { fitted } : { fitted, below };
}

/** Shrinks the column that allows it, hides columns, then shrinks the first, until the table fits. */
function hideColumns<T>(
  all: readonly Fitted<T>[],
  widthMax: number,
): readonly Fitted<T>[] {
  let shown = all;
  const ranks = all.map(({ column }) => column.dropOrder).filter((rank) => rank > 0);
  for (const rank of [0, ...ranks.sort((a, b) => a - b)]) {
    shown = shown.filter(({ column }) => rank === 0 || column.dropOrder !== rank);
    const shrinking = shown.find(({ column }) => column.overflow === "shrink");
    const fitted = shrink(shown, shrinking, SHRUNK_MIN, widthMax);
    if (excess(fitted, widthMax) <= 0) return fitted;
  }
  return shrink(shown, shown[0], 1, widthMax);
}

/** By how many columns of the terminal a row is too wide. */
function excess<T>(shown: readonly Fitted<T>[], widthMax: number): number {
  const gaps = (shown.length - 1) * GAP.length;
  return shown.reduce((sum, { width }) => sum + width, gaps) - widthMax;
}

/** Takes the excess from one column, down to `widthMin`. */
function shrink<T>(
  shown: readonly Fitted<T>[],
  target: Fitted<T> | undefined,
  widthMin: number,
  widthMax: number,
): readonly Fitted<T>[] {
  const tooMuch = Math.max(0, excess(shown, widthMax));
  return shown.map((each) => {
    if (each !== target) return each;
    const width = Math.max(Math.min(each.width, widthMin), each.width - tooMuch);
    return { ...each, width };
  });
}
