/**
 * What `doctor` prints. Pure.
 *
 * @module
 */

import type { Gravity } from "../../diagnostics/finding.ts";
import { paint, type TableStyle, type Tone, wrap } from "../terminal/table.ts";

/** One line of a doctor's report. */
export interface ReportLine {
  readonly check: string;
  readonly gravity: Gravity;
  readonly found: string;
  /** What it means, and what to do. */
  readonly means: string;
}

const MARKS: Readonly<Record<Gravity, readonly [mark: string, tone: Tone]>> = {
  good: ["ok  ", "good"],
  note: ["note", "bold"],
  bad: ["BAD ", "bad"],
};

/** A paragraph for each finding: what was looked at, found, and what it means. */
export function reportLines(
  findings: readonly ReportLine[],
  style: TableStyle,
): string[] {
  return findings.flatMap(({ check, gravity, found, means }) => {
    const [mark, tone] = MARKS[gravity];
    const [first = "", ...more] = wrap(`${check}: ${found}`, style.width - 5);
    return [
      `${paint(mark, tone, style)} ${first}`,
      ...more.map((line) => `     ${line.trimStart()}`),
      ...(gravity === "good" ? [] : wrap(`→ ${means}`, style.width - 5))
        .map((line) => `     ${line.trimStart()}`),
    ];
  });
}

/** `8 good, 2 to note, 1 bad`. */
export function countGravities(findings: readonly ReportLine[]): string {
  const count = (gravity: Gravity): number =>
    findings.filter((one) => one.gravity === gravity).length;
  return `${count("good")} good, ${count("note")} to note, ${count("bad")} bad`;
}
