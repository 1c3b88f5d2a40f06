/**
 * Medians, and numbers for people.
 *
 * @module
 */

/** The middle of some numbers (the mean of the two middle ones); NaN of none. */
export function median(numbers: readonly number[]): number {
  const sorted = [...numbers].sort((one, other) => one - other);
  const upper = sorted[Math.floor(sorted.length / 2)];
  const lower = sorted[Math.floor((sorted.length - 1) / 2)];
  return upper === undefined || lower === undefined ? NaN : (upper + lower) / 2;
}

/** Three significant digits, without an exponent. */
export function brief(number: number): string {
  if (!Number.isFinite(number)) return "-";
  return Number(number.toPrecision(3)).toString();
}

/** `3.2 x`, or a dash where there is nothing to compare with. */
export function ratio(one: number, other: number): string {
  return Number.isFinite(one / other) ? `${brief(one / other)} x` : "-";
}

/** Bytes as MiB. */
export function mib(bytes: number): number {
  return bytes / 2 ** 20;
}

/** A table in Markdown. */
export function table(
  head: readonly string[],
  rows: readonly (readonly string[])[],
): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(" | ")} |`;
  return [line(head), line(head.map(() => "---")), ...rows.map(line)].join("\n");
}
