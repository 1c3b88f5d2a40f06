/**
 * Assesses a device's chain, model lengths, scale factors and clock.
 *
 * @module
 */

import type { DecodedModel, DecodeFlag } from "../../sunspec/decode/decode.ts";
import type { Points } from "../../sunspec/decode/decoded.ts";
import type { DeviceLayout } from "../../device/layout.ts";
import { STANDARD_BASES } from "../../discovery/marker.ts";
import { type Finding, finding } from "../finding.ts";

/** SunSpec counts seconds from 2000-01-01 UTC (model 122, Tms). */
const EPOCH_2000_S = 946_684_800;
/** The models that contain the device's clock, and its point. */
const CLOCKS: readonly (readonly [model: number, point: string])[] = [
  [122, "Tms"],
  [160, "Tms"],
];
/** Deviation below which a clock counts as correct, in s. */
const CLOCK_DEVIATION_MAX_S = 60;
/** Number of items that are listed; the others are counted. */
const LISTED_MAX = 4;

/** Assesses the chain, its base and the identity. */
export function assessChain(layout: DeviceLayout): readonly Finding[] {
  const { base, models, end, oddities, functionCode, identity } = layout;
  const check = "model chain";
  const ids = models.map(({ id }) => id).join(", ");
  const findings = [
    oddities.length === 0 && end === "end-model"
      ? finding(
        check,
        "ok",
        `models ${ids} from ${base} to the end model`,
        "nothing to do",
      )
      : finding(
        check,
        "warning",
        [...oddities, `models ${ids}`].join("; "),
        "the models that were found are polled; if some are missing, report it with a dump",
      ),
  ];
  if (base !== STANDARD_BASES[0]) {
    findings.push(finding(
      "base address",
      "warning",
      `the SunS marker is at ${base}`,
      `set base = ${base} to skip the search`,
      { base },
    ));
  }
  if (functionCode !== 3) {
    findings.push(finding(
      "function code",
      "warning",
      "the device responds only to function code 4",
      "set function_code = 4 to skip the search",
      { functionCode },
    ));
  }
  if (identity.serial === null) {
    findings.push(finding(
      "identity",
      "warning",
      "the device reports no serial number",
      "configure an id: devices of the same model cannot be distinguished otherwise",
    ));
  }
  return findings;
}

/** Assesses model lengths and scale factors by two readings in succession. */
export function assessValues(
  first: readonly DecodedModel[],
  second: readonly DecodedModel[],
): readonly Finding[] {
  const flags = [...first, ...second].flatMap(({ id, flags }) =>
    flags.map((flag) => ({ ...flag, id }))
  );
  const listed = (wanted: (flag: DecodeFlag) => boolean): string[] => [
    ...new Set(
      flags.filter(wanted).map(({ id, path, reason }) =>
        `model ${id}${path === "" ? "" : ` ${path}`}: ${reason}`
      ),
    ),
  ];
  const lengths = listed(({ path, reason }) =>
    path === "L" || reason.startsWith("count-") || reason.startsWith("length-")
  );
  const scales = listed(({ reason }) => reason.startsWith("scale-"));
  const others = listed(({ path, reason }) =>
    path !== "L" && !/^(?:count|length|scale)-/.test(reason)
  );
  const findings = [
    assessLengths(lengths),
    assessScales(scales, changingScales(first, second)),
  ];
  if (others.length > 0) {
    findings.push(finding(
      "values",
      "warning",
      list(others),
      "such values are null or flagged in the records",
    ));
  }
  return findings;
}

function assessLengths(deviations: readonly string[]): Finding {
  const check = "lengths";
  return deviations.length === 0
    ? finding(
      check,
      "ok",
      "every model has the length of its definition",
      "nothing to do",
    )
    : finding(
      check,
      "warning",
      list(deviations),
      "points that lie within the stated length are read; the others are null",
    );
}

function assessScales(
  unusable: readonly string[],
  changing: readonly string[],
): Finding {
  const check = "scale factors";
  if (unusable.length > 0) {
    return finding(
      check,
      "failure",
      list(unusable),
      "values without a usable scale factor are null in every record; ask the manufacturer",
    );
  }
  return changing.length > 0
    ? finding(
      check,
      "warning",
      `changed between two readings: ${list(changing)}`,
      "each value is read together with its scale factor, or verified; nothing to do",
    )
    : finding(check, "ok", "complete and constant", "nothing to do");
}

/** Scale factors that differ between two readings. */
function changingScales(
  first: readonly DecodedModel[],
  second: readonly DecodedModel[],
): string[] {
  const found: string[] = [];
  for (const model of first) {
    const other = second.find(({ address }) => address === model.address);
    for (const [name, value] of Object.entries(model.points)) {
      if (!name.endsWith("_SF") || other === undefined) continue;
      if (other.points[name] !== value) found.push(`model ${model.id} ${name}`);
    }
  }
  return found;
}

/** Compares the device's clock with this machine's, which is assumed to be correct. */
export function assessClock(models: readonly DecodedModel[], nowMs: number): Finding {
  const check = "clock";
  for (const [id, point] of CLOCKS) {
    const model = models.find((one) => one.id === id);
    const seconds = model === undefined ? null : secondsOf(model.points, point);
    if (seconds === null) continue;
    const deviationS = Math.round(seconds + EPOCH_2000_S - nowMs / 1_000);
    const sizeS = Math.abs(deviationS);
    if (sizeS <= CLOCK_DEVIATION_MAX_S) {
      const found = `correct within ${sizeS} s (model ${id})`;
      return finding(check, "ok", found, "nothing to do");
    }
    return finding(
      check,
      "warning",
      `${deviationS > 0 ? "ahead" : "behind"} by ${formatSpan(sizeS)} (model ${id})`,
      "records carry the gateway's time, not the device's; the device's daily counters reset at another hour",
    );
  }
  return finding(
    check,
    "ok",
    "the device has none",
    "records carry the gateway's time",
  );
}

function secondsOf(points: Points, name: string): number | null {
  const value = points[name];
  return typeof value === "number" && value > 0 ? value : null;
}

function formatSpan(seconds: number): string {
  if (seconds < 7_200) return `${seconds} s`;
  const hours = seconds / 3_600;
  return hours < 48 ? `${hours.toFixed(1)} h` : `${Math.round(hours / 24)} days`;
}

function list(names: readonly string[]): string {
  const more = names.length - LISTED_MAX;
  return names.slice(0, LISTED_MAX).join("; ") + (more > 0 ? `; and ${more} more` : "");
}
