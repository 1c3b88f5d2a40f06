/**
 * How many registers one request may ask for, and whether a read may cross the
 * border of two models.
 *
 * @module
 */

import { REGISTERS_PER_READ_MAX } from "../../modbus/reader.ts";
import type { Span } from "../../sunspec/plan/read_plan.ts";
import { type Finding, finding } from "../finding.ts";
import { type KnownPatient, readTimed, withSession } from "./target.ts";

/** No device is known that answers fewer. */
const COUNT_MIN = 4;
/** A refusal is believed when it comes twice: an answer may be lost. */
const ASKS = 2;

/** What was measured. */
export interface ReadLimitsFound {
  /** The most registers that were answered within one model. */
  readonly inOneModel: number;
  /** The most that the device has in one model, up to the protocol's limit. */
  readonly longestModel: number;
  /** The most that were answered from the marker on, across models; 0 = not even a short one. */
  readonly across: number;
  /** The most that stand there in a row, up to the protocol's limit. */
  readonly longestRow: number;
}

/** Finds the limits by halving. */
export async function measureReads(
  patient: KnownPatient,
  gapMs: number,
): Promise<ReadLimitsFound> {
  const { layout } = patient;
  const { models, base } = layout;
  const longest = models.reduce(
    (most, model) => model.length > most.length ? model : most,
    { address: base, length: 0 },
  );
  const last = models.at(-1) ?? longest;
  const longestModel = Math.min(REGISTERS_PER_READ_MAX, 2 + longest.length);
  const row = last.address + 2 + last.length - base;
  const longestRow = Math.min(REGISTERS_PER_READ_MAX, row);
  return await withSession(patient, gapMs, async (session) => {
    const answers = async (span: Span): Promise<boolean> => {
      for (let ask = 0; ask < ASKS; ask++) {
        const { answer } = await readTimed(patient, session, span);
        if (answer.ok) return true;
      }
      return false;
    };
    const inOneModel = await mostAnswered(
      longestModel,
      (count) => answers({ address: longest.address, count }),
    );
    const across = await mostAnswered(
      longestRow,
      (count) => answers({ address: base, count }),
    );
    return { inOneModel, longestModel, across, longestRow };
  });
}

/** The largest count that is answered, if counts below it are too. */
async function mostAnswered(
  most: number,
  answers: (count: number) => Promise<boolean>,
): Promise<number> {
  if (await answers(most)) return most;
  let good = 0;
  let bad = most;
  const first = Math.min(COUNT_MIN, most);
  if (await answers(first)) good = first;
  else return 0;
  while (bad - good > 1) {
    const middle = Math.floor((good + bad) / 2);
    if (await answers(middle)) good = middle;
    else bad = middle;
  }
  return good;
}

/** What the limits mean. */
export function judgeReads(found: ReadLimitsFound): readonly Finding[] {
  const { inOneModel, longestModel, across, longestRow } = found;
  // Fewer from the marker on than within a model: not the size is refused, but the border.
  const border = across < Math.min(inOneModel, longestRow);
  const most = border ? inOneModel : Math.max(inOneModel, across);
  const there = border ? longestModel : Math.max(longestModel, longestRow);
  const unknown = most === there && most < REGISTERS_PER_READ_MAX;
  const check = "largest read";
  const size = most >= REGISTERS_PER_READ_MAX
    ? finding(
      check,
      "good",
      `${most} registers, the protocol's own limit`,
      "registers_per_read_max may stay 125",
    )
    : unknown
    ? finding(
      check,
      "good",
      `${most} registers, all that it has in a row`,
      "registers_per_read_max may stay 125",
    )
    : most < COUNT_MIN
    ? finding(
      check,
      "bad",
      "no read of its models was answered",
      "the device refuses what its chain says it has; send a dump",
    )
    : finding(
      check,
      "note",
      `${most} registers; more are refused or not answered`,
      `registers_per_read_max = ${most}`,
      { registersPerReadMax: most },
    );
  const borders = "reads across models";
  return [
    size,
    border
      ? finding(
        borders,
        "note",
        `refused beyond ${across} registers from the marker on, though ${most} are answered within a model`,
        "reads_across_models = false: one more request for each model",
        { readsAcrossModels: false },
      )
      : finding(borders, "good", "answered", "a poll needs few requests"),
  ];
}
