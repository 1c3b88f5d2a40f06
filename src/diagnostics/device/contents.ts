/**
 * What a device's chain, lengths, scale factors and clock are worth.
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
/** Models with the device's clock, and its point. */
const CLOCKS: readonly (readonly [model: number, point: string])[] = [
  [122, "Tms"],
  [160, "Tms"],
];
/** A clock that is off by less is right for a reading. */
const CLOCK_OFF_MAX_S = 60;
/** No more are named one by one. */
const NAMED_MAX = 4;

/** The chain, and where it begins. */
export function judgeChain(layout: DeviceLayout): readonly Finding[] {
  const { base, models, end, oddities, functionCode, identity } = layout;
  const check = "chain of models";
  const ids = models.map(({ id }) => id).join(", ");
  const chain = oddities.length === 0 && end === "end-model"
    ? finding(
      check,
      "good",
      `models ${ids} from ${base} to an end marker`,
      "nothing to do",
    )
    : finding(
      check,
      "note",
      [...oddities, `models ${ids}`].join("; "),
      "what was found is polled; if models are missing, send a dump",
    );
  const place = base === STANDARD_BASES[0] ? [] : [
    finding(
      "base address",
      "note",
      `the SunS marker stands at ${base}`,
      `base = ${base} spares the search`,
      { base },
    ),
  ];
  const read = functionCode === 3 ? [] : [
    finding(
      "function code",
      "note",
      "only function code 4 is answered",
      "function_code = 4 spares the search",
      { functionCode },
    ),
  ];
  const nameless = identity.serial === null
    ? [
      finding(
        "identity",
        "note",
        "it has no serial number",
        "give it an id in the configuration: it cannot be told from its like by itself",
      ),
    ]
    : [];
  return [chain, ...place, ...read, ...nameless];
}

/** Lengths and scale factors, by two looks one after the other. */
export function judgeValues(
  first: readonly DecodedModel[],
  second: readonly DecodedModel[],
): readonly Finding[] {
  const flags = [...first, ...second].flatMap(({ id, address, flags }) =>
    flags.map((flag) => ({ ...flag, id, address }))
  );
  const named = (wanted: (flag: DecodeFlag) => boolean): string[] => [
    ...new Set(
      flags.filter(wanted).map(({ id, path, reason }) =>
        `model ${id} ${path}: ${reason}`
      ),
    ),
  ];
  const lengths = named(({ path, reason }) =>
    path === "L" || reason.startsWith("count-") || reason.startsWith("length-")
  );
  const scales = named(({ reason }) => reason.startsWith("scale-"));
  const others = named(({ path, reason }) =>
    path !== "L" && !/^(?:count|length|scale)-/.test(reason)
  );
  const moving = movingScales(first, second);
  return [
    lengths.length === 0
      ? finding(
        "lengths",
        "good",
        "every model is as long as its definition says",
        "nothing to do",
      )
      : finding(
        "lengths",
        "note",
        few(lengths),
        "what lies whole inside the stated length is read; the rest is null",
      ),
    scales.length > 0
      ? finding(
        "scale factors",
        "bad",
        few(scales),
        "values without a usable scale factor are null in every record; ask the maker",
      )
      : moving.length > 0
      ? finding(
        "scale factors",
        "note",
        `between two looks these changed: ${few(moving)}`,
        "each value is read with its scale factor in one request, or checked; nothing to do",
      )
      : finding("scale factors", "good", "all there, and steady", "nothing to do"),
    ...others.length === 0 ? [] : [
      finding(
        "values",
        "note",
        few(others),
        "such values are null or flagged in the records",
      ),
    ],
  ];
}

/** Scale factors that are not what they were. */
function movingScales(
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

/** The device's clock against this machine's, whose own is not questioned here. */
export function judgeClock(models: readonly DecodedModel[], nowMs: number): Finding {
  const check = "clock";
  for (const [id, point] of CLOCKS) {
    const model = models.find((one) => one.id === id);
    const seconds = model === undefined ? null : secondsOf(model.points, point);
    if (seconds === null) continue;
    const off = Math.round(seconds + EPOCH_2000_S - nowMs / 1_000);
    if (Math.abs(off) <= CLOCK_OFF_MAX_S) {
      return finding(
        check,
        "good",
        `right to ${Math.abs(off)} s (model ${id})`,
        "nothing to do",
      );
    }
    return finding(
      check,
      "note",
      `${off > 0 ? "ahead" : "behind"} by ${inWords(Math.abs(off))} (model ${id})`,
      "records carry the gateway's time, not the device's; its own daily counters turn over at another hour",
    );
  }
  return finding(check, "good", "it has none", "records carry the gateway's time");
}

function secondsOf(points: Points, name: string): number | null {
  const value = points[name];
  return typeof value === "number" && value > 0 ? value : null;
}

function inWords(seconds: number): string {
  if (seconds < 7_200) return `${seconds} s`;
  const hours = seconds / 3_600;
  return hours < 48 ? `${hours.toFixed(1)} h` : `${Math.round(hours / 24)} days`;
}

function few(names: readonly string[]): string {
  const more = names.length - NAMED_MAX;
  return names.slice(0, NAMED_MAX).join("; ") + (more > 0 ? `; and ${more} more` : "");
}
