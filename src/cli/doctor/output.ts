/**
 * The report of `doctor`: text and JSON. Pure.
 *
 * @module
 */

import { plural } from "../../base/format.ts";
import type { Finding, Severity } from "../../diagnostics/finding.ts";
import { paint, type TextStyle, type Tone } from "../terminal/style.ts";
import { wrap } from "../terminal/text.ts";

const MARKS: Readonly<Record<Severity, readonly [mark: string, tone: Tone]>> = {
  ok: ["OK  ", "good"],
  warning: ["WARN", "bold"],
  failure: ["FAIL", "bad"],
};

/** Width of the mark and the space after it. */
const INDENT = 5;

/** Renders one paragraph per finding; what to do is shown unless the finding is ok. */
export function renderFindings(
  findings: readonly Finding[],
  style: TextStyle,
): string[] {
  const indented = (line: string): string => `${" ".repeat(INDENT)}${line.trimStart()}`;
  return findings.flatMap(({ check, severity, found, means }) => {
    const [mark, tone] = MARKS[severity];
    const [first = "", ...more] = wrap(`${check}: ${found}`, style.width - INDENT);
    const action = severity === "ok" ? [] : wrap(`→ ${means}`, style.width - INDENT);
    return [
      `${paint(mark, tone, style)} ${first}`,
      ...[...more, ...action].map(indented),
    ];
  });
}

/** Counts findings by severity: `8 OK, 2 warnings, 1 failure`. */
export function countFindings(findings: readonly Finding[]): string {
  const count = (severity: Severity): number =>
    findings.filter((one) => one.severity === severity).length;
  return `${count("ok")} OK, ${plural(count("warning"), "warning")}, ${
    plural(count("failure"), "failure")
  }`;
}

/** Values of `gravity` in the JSON output. */
const GRAVITIES: Readonly<Record<Severity, string>> = {
  ok: "good",
  warning: "note",
  failure: "bad",
};

/** A finding in the JSON output; its form is defined in docs/schemas/doctor.schema.json. */
export function toJsonFinding(
  { check, severity, found, means, advice }: Finding,
): unknown {
  return { check, gravity: GRAVITIES[severity], found, means, advice };
}
