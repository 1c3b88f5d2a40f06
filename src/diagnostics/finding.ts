/**
 * Findings: the results of an examination, each with what to do about it.
 *
 * @module
 */

import type { Quirks } from "../device/quirks.ts";

/** How serious a finding is. */
export type Severity =
  /** No action is needed. */
  | "ok"
  /** Unusual; a setting or the agent itself handles it. */
  | "warning"
  /** Readings are lost or wrong. */
  | "failure";

/** Settings that a finding recommends. */
export interface Advice extends Quirks {
  /** Timeout of one request, in ms. */
  readonly timeoutMs?: number;
}

/** The result of one check. */
export interface Finding {
  /** Name of the check, such as `response times`. */
  readonly check: string;
  readonly severity: Severity;
  /** What was found. */
  readonly found: string;
  /** Consequence and recommended action. */
  readonly means: string;
  /** Recommended settings; empty = none. */
  readonly advice: Advice;
}

/** Creates a finding; without `advice` it recommends no setting. */
export function finding(
  check: string,
  severity: Severity,
  found: string,
  means: string,
  advice: Advice = {},
): Finding {
  return { check, severity, found, means, advice };
}
