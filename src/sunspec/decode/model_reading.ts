/**
 * Decodes the registers of a model by its table. Pure.
 *
 * Runs on every poll: the loop has one iteration for each point, and allocates only
 * numbers, new texts and flags.
 *
 * @module
 */

import type { ModelLocation } from "../chain.ts";
import { isCounterPoint } from "../definition/counter_points.ts";
import type { PointDefinition } from "../definition/definition.ts";
import type {
  DecodeFlag,
  DecodeReason,
  FaultySpan,
  FrameFault,
  PlausibilityReason,
  PointValue,
} from "./decoded.ts";
import { type RawValue, readPoint } from "./point.ts";
import {
  oncePerTable,
  type PointSlot,
  type PointTable,
  type ScaleSlot,
} from "./point_table.ts";
import type { RegisterSource, RegisterWindow } from "./register_source.ts";
import { applyScale, applyScaleWide, isValidScale } from "./scale.ts";

/** A decoded model: one value for each slot of its table. */
export interface ModelReading {
  readonly id: number;
  /** Zero-based address of the model's header. */
  readonly address: number;
  /** L, as the device states it. */
  readonly length: number;
  readonly table: PointTable;
  /** By slot. */
  readonly values: readonly PointValue[];
  readonly flags: readonly DecodeFlag[];
}

/** A model, a point of its top group and its value; undefined = the model has no such point. */
export function pointValue(
  { table, values }: ModelReading,
  path: string,
): PointValue | undefined {
  const slot = table.byPath.get(path);
  return slot === undefined ? undefined : values[slot];
}

/** The reading with more flags; the same object if there are none. */
export function withFlags(
  reading: ModelReading,
  added: readonly DecodeFlag[],
): ModelReading {
  if (added.length === 0) return reading;
  return { ...reading, flags: [...reading.flags, ...added] };
}

/** A flag on the point of a slot. */
export function slotFlag(
  { slots }: PointTable,
  slot: number,
  reason: DecodeReason | PlausibilityReason,
): DecodeFlag {
  return { path: slots[slot]?.path ?? "", reason };
}

/**
 * Decodes a model.
 *
 * @param table the table of its layout: see `pointTableOf`.
 * @param faulty registers that cannot be a measurement, as `checkPoll` found them. The
 * values in them, or scaled by them, are null and flagged; if they are the whole model,
 * one flag with an empty path gives the reason.
 * @returns never throws, for any registers.
 */
export function readModel(
  table: PointTable,
  at: ModelLocation,
  source: RegisterSource,
  faulty: readonly FaultySpan[] = NO_SPANS,
): ModelReading {
  const whole = faulty.find(({ start }) => start === 0);
  const { id, address, length } = at;
  if (whole !== undefined) {
    const flags = [{ path: "", reason: whole.reason }];
    return { id, address, length, table, values: blankOf(table), flags };
  }
  const flags: DecodeFlag[] = [];
  const values = blankOf(table).slice();
  const pass: Pass = { source, faulty, scales: scalesOf(table, source, faulty), flags };
  const { slots, layoutFlags, counted } = table;
  let marked = 0;
  for (let index = 0; index < slots.length; index++) {
    while (layoutFlags[marked]?.before === index) addMark(flags, layoutFlags[marked++]);
    const slot = slots[index];
    if (slot !== undefined) values[index] = readSlot(pass, slot);
  }
  while (marked < layoutFlags.length) addMark(flags, layoutFlags[marked++]);
  if (counted !== undefined) {
    const count = values[counted.slot];
    if (typeof count === "number" && count !== counted.instances) {
      flags.push(slotFlag(table, counted.slot, "count-differs"));
    }
  }
  return { id, address, length, table, values, flags };
}

const NO_SPANS: readonly FaultySpan[] = [];

/** Decoding of one model. */
interface Pass {
  readonly source: RegisterSource;
  readonly faulty: readonly FaultySpan[];
  /** By index of the scale factor; null = the device does not implement it. */
  readonly scales: readonly (number | DecodeReason | null)[];
  readonly flags: DecodeFlag[];
}

/** Every value null; copied for each reading. */
const blankOf = oncePerTable(({ slots }): readonly PointValue[] =>
  slots.map(() => null)
);

function addMark(
  flags: DecodeFlag[],
  mark: PointTable["layoutFlags"][number] | undefined,
): void {
  if (mark !== undefined) flags.push(mark.flag);
}

function readSlot(pass: Pass, slot: PointSlot): PointValue {
  const { point, offset, isShort } = slot;
  if (isShort) {
    return NO_VALUE.has(point.type) ? null : flagSlot(pass, slot, "length-short");
  }
  if (pass.faulty.length > 0) {
    const fault = faultAt(pass.faulty, offset, point.size);
    if (fault !== undefined) {
      return NO_VALUE.has(point.type) ? null : flagSlot(pass, slot, fault);
    }
  }
  const window = pass.source.windows[slot.window];
  const raw = window === undefined
    ? readApart(pass, slot)
    : readPoint(point.type, window.registers, slot.at, point.size, point);
  if (raw === null || typeof raw === "string") return raw;
  if (typeof raw !== "object") {
    return slot.scale < 0 ? raw : applySlotScale(pass, slot, raw);
  }
  flagSlot(pass, slot, raw.reason);
  const { value } = raw;
  if (value === null || typeof value === "string" || slot.scale < 0) return value;
  return applySlotScale(pass, slot, value);
}

/** Reads a point that no response contains as a whole: texts are assembled, numbers may have changed. */
function readApart(
  { source }: Pass,
  { point, offset }: PointSlot,
): RawValue {
  const { type, size } = point;
  const window: RegisterWindow | undefined = type === "string" || type === "ipv6addr"
    ? source.assemble(offset, size)
    : undefined;
  return window === undefined
    ? { value: null, reason: "register-unread" }
    : readPoint(type, window.registers, offset - window.origin, size, point);
}

function applySlotScale(
  pass: Pass,
  slot: PointSlot,
  value: number | bigint,
): PointValue {
  const scale = pass.scales[slot.scale];
  if (scale === 0) return value;
  if (typeof scale === "number") return scaled(slot.point, value, scale);
  if (typeof scale === "string") return flagSlot(pass, slot, scale);
  return isUncounted(slot.point, value) ? null : flagSlot(pass, slot, "scale-absent");
}

function scaled(
  { type }: PointDefinition,
  value: number | bigint,
  scale: number,
): PointValue {
  return WIDE.has(type) && Number.isInteger(Number(value))
    ? applyScaleWide(BigInt(value), scale)
    : applyScale(Number(value), scale);
}

/** Why a point cannot be a measurement, if a register of it is within a faulty span. */
function faultAt(
  faulty: readonly FaultySpan[],
  offset: number,
  size: number,
): FrameFault | undefined {
  return faulty.find(({ start, end }) => start < offset + size && offset < end)?.reason;
}

/** Adds a flag for a point; returns null, the value of a point that cannot be decoded. */
function flagSlot({ flags }: Pass, { path }: PointSlot, reason: DecodeReason): null {
  flags.push({ path, reason });
  return null;
}

/** The scale factors of a table. */
function scalesOf(
  { scales }: PointTable,
  source: RegisterSource,
  faulty: readonly FaultySpan[],
): readonly (number | DecodeReason | null)[] {
  return scales.map((slot) => readScale(slot, source, faulty));
}

function readScale(
  { offset, point, fixed, window, at, isElsewhere }: ScaleSlot,
  source: RegisterSource,
  faulty: readonly FaultySpan[],
): number | DecodeReason | null {
  if (point === null) return fixed;
  const fault = faulty.length > 0 ? faultAt(faulty, offset, point.size) : undefined;
  if (fault !== undefined) return fault;
  if (isElsewhere && source.disputed(offset)) return "scale-changed";
  const from = source.windows[window];
  if (from === undefined) return "scale-unread";
  const value = readPoint(point.type, from.registers, at, point.size);
  // Only a register that was not read gives a reason.
  if (typeof value === "object" && value !== null) return "scale-unread";
  if (typeof value !== "number") return null;
  return isValidScale(value) ? value : "scale-out-of-range";
}

/** Types that hold no value of their own. */
const NO_VALUE: ReadonlySet<string> = new Set(["pad", "sunssf"]);

/**
 * Whether a counter without a scale factor is 0. Devices (FIMER and SMA in model 160,
 * combiners in 401 and 402) mark a counter that they do not implement this way; it is
 * not flagged.
 */
function isUncounted(point: PointDefinition, value: number | bigint): boolean {
  return isCounterPoint(point) && Number(value) === 0;
}

const WIDE: ReadonlySet<string> = new Set(["int64", "uint64", "acc64"]);
