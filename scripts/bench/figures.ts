/**
 * Medians, and numbers formatted for tables.
 *
 * @module
 */

/** The median (the mean of the two middle numbers if there are two); NaN of an empty list. */
export function median(numbers: readonly number[]): number {
  const sorted = [...numbers].sort((one, other) => one - other);
  const upper = sorted[Math.floor(sorted.length / 2)];
  const lower = sorted[Math.floor((sorted.length - 1) / 2)];
  return upper === undefined || lower === undefined ? NaN : (upper + lower) / 2;
}

/** The median of each figure of several runs; empty without a run. */
export function mediansOf<K extends string>(
  runs: readonly Readonly<Record<K, number>>[],
): Record<K, number> {
  const [first] = runs;
  const names = first === undefined ? [] : Object.keys(first) as K[];
  return Object.fromEntries(
    names.map((name) => [name, median(runs.map((run) => run[name]))]),
  ) as Record<K, number>;
}

/** Formats a number with three significant digits and without an exponent; `-` if it is not finite. */
export function formatNumber(number: number): string {
  if (!Number.isFinite(number)) return "-";
  return Number(number.toPrecision(3)).toString();
}

/** Formats a ratio as `3.2 x`; `-` if it is not finite. */
export function formatRatio(one: number, other: number): string {
  return Number.isFinite(one / other) ? `${formatNumber(one / other)} x` : "-";
}

/** Converts bytes to MiB. */
export function toMib(bytes: number): number {
  return bytes / 2 ** 20;
}

/** Formats a table in Markdown. */
export function formatTable(
  head: readonly string[],
  rows: readonly (readonly string[])[],
): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(" | ")} |`;
  return [line(head), line(head.map(() => "---")), ...rows.map(line)].join("\n");
}
