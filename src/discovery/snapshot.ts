/**
 * Reads all models of a device once, with as few requests as it accepts. Only
 * registers that it refuses are missing from the result.
 *
 * @module
 */

import { bad, good, type Result } from "../base/result.ts";
import { describeFault, type ModbusFault } from "../modbus/faults.ts";
import { REGISTERS_PER_READ_MAX } from "../base/network/modbus_protocol.ts";
import { MODEL_HEADER_SIZE } from "../sunspec/spec.ts";
import type { ModelLocation } from "../sunspec/chain.ts";
import { type DecodedModel, decodeModel } from "../sunspec/decode/decode.ts";
import type { ModelDefinition } from "../sunspec/definition/definition.ts";
import {
  planReads,
  PROTOCOL_LIMITS,
  type ReadLimits,
  type Span,
} from "../sunspec/plan/read_plan.ts";
import { decodePoll } from "../sunspec/decode/poll_decode.ts";
import {
  createRegisterImage,
  type PlannedModel,
  planPoll,
  type RegisterImage,
} from "../sunspec/plan/poll_plan.ts";
import type { DeviceLayout } from "../device/layout.ts";
import { readInParts, readWithRetry, type Unit } from "./resilient_read.ts";

/** How often reads are repeated because a scale factor changed between two requests. */
const REREADS_MAX = 3;

/** Maximum number of unanswered reads; after one more the device counts as lost. */
export const TIMEOUTS_MAX = 3;

/** Read sizes tried in turn after a refusal: many devices accept fewer registers than the protocol allows. */
const READ_SIZES: readonly number[] = [REGISTERS_PER_READ_MAX, 64, 32];

/** Why there is no snapshot. */
export type SnapshotFault =
  /** The device no longer answers. */
  | { readonly kind: "lost"; readonly at: Span; readonly fault: ModbusFault }
  /** The layout differs from the one that was discovered. */
  | { readonly kind: "changed"; readonly changes: readonly string[] };

/** Describes the fault. */
export function describeSnapshotFault(fault: SnapshotFault): string {
  if (fault.kind === "lost") {
    const { address, count } = fault.at;
    return `reading registers ${address} to ${address + count - 1}: ` +
      `${describeFault(fault.fault)}; earlier reads succeeded`;
  }
  return `the device changed while it was read: ${fault.changes.join("; ")}`;
}

type Definitions = ReadonlyMap<number, ModelDefinition>;
type ModelsByAddress = Map<number, DecodedModel>;

/**
 * Reads and decodes all models of a layout.
 *
 * @param definitions the definitions of the models to decode, by id.
 * @returns the models in chain order; a model without a definition has no points.
 * @throws only the abort reason of `unit.signal`.
 */
export async function takeSnapshot(
  unit: Unit,
  layout: DeviceLayout,
  definitions: Definitions,
): Promise<Result<readonly DecodedModel[], SnapshotFault>> {
  const reader = createSnapshotReader(unit);
  const planned = layout.models.flatMap((at): PlannedModel[] => {
    const definition = definitions.get(at.id);
    return definition === undefined ? [] : [{ at, definition }];
  });
  const found: ModelsByAddress = new Map();
  const countMax = unit.countMax ?? REGISTERS_PER_READ_MAX;
  const all = await attempt(reader, layout.base, planned, {
    ...PROTOCOL_LIMITS,
    countMax,
  });
  if (!all.ok) return all;
  for (const model of all.value) found.set(model.address, model);
  let counts = READ_SIZES.map((count) => Math.min(count, countMax));
  for (const model of planned) {
    if (found.has(model.at.address)) continue;
    const alone = await readAlone(reader, layout.base, model, counts);
    if (!alone.ok) return alone;
    found.set(model.at.address, alone.value.model);
    counts = counts.slice(Math.max(0, counts.indexOf(alone.value.count)));
  }
  if (reader.lost !== undefined) return bad(reader.lost);
  return good(layout.models.map((at) => found.get(at.address) ?? withoutPoints(at)));
}

/** Reads one model with decreasing read sizes, finally register by register. */
async function readAlone(
  reader: SnapshotReader,
  base: number,
  model: PlannedModel,
  counts: readonly number[],
): Promise<
  Result<{ readonly model: DecodedModel; readonly count: number }, SnapshotFault>
> {
  for (const count of counts) {
    const limits = { ...PROTOCOL_LIMITS, countMax: count, joinModels: false };
    const tried = await attempt(reader, base, [model], limits);
    if (!tried.ok) return tried;
    const [decoded] = tried.value;
    if (decoded !== undefined) return good({ model: decoded, count });
  }
  const { at, definition } = model;
  const registers = await readModelInParts(reader, model);
  if (!registers.ok) return registers;
  return good({ model: decodeModel(definition, at, registers.value), count: 0 });
}

/**
 * Reads a model in parts down to single registers, then its scale factors a second
 * time: a scale factor that changed is set to null, which invalidates its values.
 */
async function readModelInParts(
  reader: SnapshotReader,
  { at, definition }: PlannedModel,
): Promise<Result<(number | null)[], SnapshotFault>> {
  const first = await reader.readParts({
    address: at.address,
    count: MODEL_HEADER_SIZE + at.length,
  });
  if (!first.ok) return first;
  const registers = [...first.value];
  const scales = definition.group.points.filter(({ type, offset }) =>
    type === "sunssf" && (registers[offset] ?? null) !== null
  );
  const wanted = scales.map(({ offset }) => ({
    address: at.address + offset,
    count: 1,
  }));
  for (const span of planReads(wanted, { ...PROTOCOL_LIMITS, gapMax: 0 })) {
    const again = await reader.readParts(span);
    if (!again.ok) return again;
    const from = span.address - at.address;
    again.value.forEach((register, nth) => {
      if (registers[from + nth] !== register) registers[from + nth] = null;
    });
  }
  return good(registers);
}

/**
 * Executes a read plan, and repeats the reads that a changed scale factor requires.
 *
 * @returns the models of which no register was refused.
 */
async function attempt(
  reader: SnapshotReader,
  base: number,
  models: readonly PlannedModel[],
  limits: ReadLimits,
): Promise<Result<readonly DecodedModel[], SnapshotFault>> {
  const plan = planPoll(models, base, limits);
  const image = createRegisterImage();
  const refused: Span[] = [];
  let reads = plan.reads;
  for (let round = 0;; round++) {
    const put = await reader.readInto(image, reads, refused);
    if (!put.ok) return put;
    const outcome = decodePoll(plan, image);
    if (!outcome.ok) {
      return refused.length > 0
        ? good([])
        : bad({ kind: "changed", changes: outcome.changes });
    }
    if (outcome.rereads.length === 0 || round >= REREADS_MAX || refused.length > 0) {
      return good(outcome.models.filter((model) => !overlaps(refused, model)));
    }
    reads = outcome.rereads;
  }
}

/** Reads for one snapshot; counts unanswered reads. */
interface SnapshotReader {
  /** The first unanswered read, if the device has never answered. */
  readonly lost: SnapshotFault | undefined;
  readInto(
    image: RegisterImage,
    reads: readonly Span[],
    refused: Span[],
  ): Promise<Result<void, SnapshotFault>>;
  readParts(span: Span): Promise<Result<readonly (number | null)[], SnapshotFault>>;
}

function createSnapshotReader(unit: Unit): SnapshotReader {
  let timeouts = 0;
  let hasAnswered = false;
  let lost: SnapshotFault | undefined;
  const observed: Unit = {
    ...unit,
    reader: {
      async read(request, signal) {
        const answer = await unit.reader.read(request, signal);
        hasAnswered ||= answer.ok || answer.fault.kind === "exception";
        return answer;
      },
    },
  };

  /** Whether reading continues after a fault. */
  function isTolerable(fault: ModbusFault, at: Span): boolean {
    if (fault.kind === "exception") return true;
    lost ??= { kind: "lost", at, fault };
    return fault.kind !== "unreachable" && ++timeouts <= TIMEOUTS_MAX;
  }

  return {
    get lost() {
      return hasAnswered ? undefined : lost;
    },
    async readInto(image, reads, refused) {
      for (const span of reads) {
        const answer = await readWithRetry(observed, span);
        if (answer.ok) image.put(span, answer.value);
        else if (isTolerable(answer.fault, span)) refused.push(span);
        else return bad({ kind: "lost", at: span, fault: answer.fault });
      }
      return good(undefined);
    },
    async readParts(span) {
      const read = await readInParts(observed, span);
      if (read.ok) return good(read.value.registers);
      if (isTolerable(read.fault, span)) return good(new Array(span.count).fill(null));
      return bad({ kind: "lost", at: span, fault: read.fault });
    },
  };
}

function overlaps(spans: readonly Span[], model: DecodedModel): boolean {
  const end = model.address + MODEL_HEADER_SIZE + model.length;
  return spans.some(({ address, count }) =>
    address < end && model.address < address + count
  );
}

function withoutPoints({ id, address, length }: ModelLocation): DecodedModel {
  return { id, address, length, points: {}, flags: [] };
}
