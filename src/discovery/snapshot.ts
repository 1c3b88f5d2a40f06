/**
 * One look at everything a device has: all models of its chain, with as few
 * requests as it puts up with. What it refuses is missing, and nothing else.
 *
 * @module
 */

import { bad, good, type Result } from "../base/result.ts";
import { describeFault, type ModbusFault } from "../modbus/faults.ts";
import { REGISTERS_PER_READ_MAX } from "../modbus/reader.ts";
import type { ModelAt } from "../sunspec/chain.ts";
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
  createImage,
  type Image,
  type PlannedModel,
  planPoll,
} from "../sunspec/plan/poll_plan.ts";
import type { DeviceLayout } from "../device/layout.ts";
import { readOnce, readPartly, type Unit } from "./resilient_read.ts";

/** How often reads are repeated because a scale factor changed between two of them. */
export const REREADS_MAX = 3;

/** How many reads may stay without an answer; one more, and the device is gone. */
export const SILENCES_MAX = 3;

/** The sizes of read tried in turn where a device refuses: many allow fewer than the protocol. */
export const COUNTS_TRIED: readonly number[] = [REGISTERS_PER_READ_MAX, 64, 32];

/** What a look gave. */
export interface Snapshot {
  /** In chain order; a model without a definition has no points. */
  readonly models: readonly DecodedModel[];
  /** Requests that it took. */
  readonly requests: number;
}

/** Why a look gave nothing. */
export type SnapshotFault =
  /** The device does not answer any more. */
  | { readonly kind: "lost"; readonly at: Span; readonly fault: ModbusFault }
  /** It is not laid out as it was discovered a moment ago. */
  | { readonly kind: "changed"; readonly changes: readonly string[] };

/** Says what happened. */
export function describeSnapshotFault(fault: SnapshotFault): string {
  if (fault.kind === "lost") {
    const { address, count } = fault.at;
    return `reading registers ${address} to ${address + count - 1}: ` +
      `${describeFault(fault.fault)}; the device answered until then`;
  }
  return `the device changed while it was read: ${fault.changes.join("; ")}`;
}

type Definitions = ReadonlyMap<number, ModelDefinition>;
type Models = Map<number, DecodedModel>;

/**
 * Reads and decodes all models of a layout.
 *
 * @param definitions of the models to decode, by id.
 * @throws only the reason of `unit.signal`.
 */
export async function takeSnapshot(
  unit: Unit,
  layout: DeviceLayout,
  definitions: Definitions,
): Promise<Result<Snapshot, SnapshotFault>> {
  const looker = createLooker(unit);
  const planned = layout.models.flatMap((at): PlannedModel[] => {
    const definition = definitions.get(at.id);
    return definition === undefined ? [] : [{ at, definition }];
  });
  const found: Models = new Map();
  const countMax = unit.countMax ?? REGISTERS_PER_READ_MAX;
  const all = await attempt(looker, layout.base, planned, {
    ...PROTOCOL_LIMITS,
    countMax,
  });
  if (!all.ok) return all;
  keep(found, all.value);
  let counts = COUNTS_TRIED.map((count) => Math.min(count, countMax));
  for (const model of planned) {
    if (found.has(model.at.address)) continue;
    const alone = await readAlone(looker, layout.base, model, counts);
    if (!alone.ok) return alone;
    found.set(model.at.address, alone.value.model);
    counts = counts.slice(Math.max(0, counts.indexOf(alone.value.count)));
  }
  if (looker.lost !== undefined) return bad(looker.lost);
  const models = layout.models.map((at) => found.get(at.address) ?? unknown(at));
  return good({ models, requests: looker.requests });
}

/** Tries one model with smaller and smaller reads; then takes what it gets. */
async function readAlone(
  looker: Looker,
  base: number,
  model: PlannedModel,
  counts: readonly number[],
): Promise<
  Result<{ readonly model: DecodedModel; readonly count: number }, SnapshotFault>
> {
  for (const count of counts) {
    const limits = { ...PROTOCOL_LIMITS, countMax: count, joinModels: false };
    const tried = await attempt(looker, base, [model], limits);
    if (!tried.ok) return tried;
    const [decoded] = tried.value;
    if (decoded !== undefined) return good({ model: decoded, count });
  }
  const { at, definition } = model;
  const registers = await readInParts(looker, model);
  if (!registers.ok) return registers;
  return good({ model: decodeModel(definition, at, registers.value), count: 0 });
}

/**
 * Reads a model register by register where it must, then its scale factors once
 * more: one that changed meanwhile is taken out, and its values with it.
 */
async function readInParts(
  looker: Looker,
  { at, definition }: PlannedModel,
): Promise<Result<(number | null)[], SnapshotFault>> {
  const first = await looker.partly({ address: at.address, count: 2 + at.length });
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
    const again = await looker.partly(span);
    if (!again.ok) return again;
    const from = span.address - at.address;
    again.value.forEach((register, nth) => {
      if (registers[from + nth] !== register) registers[from + nth] = null;
    });
  }
  return good(registers);
}

/**
 * Carries out a plan once, and again what a changed scale factor asks for.
 *
 * @returns the models of which nothing was refused.
 */
async function attempt(
  looker: Looker,
  base: number,
  models: readonly PlannedModel[],
  limits: ReadLimits,
): Promise<Result<readonly DecodedModel[], SnapshotFault>> {
  const plan = planPoll(models, base, limits);
  const image = createImage();
  const refused: Span[] = [];
  let reads = plan.reads;
  for (let round = 0;; round++) {
    const put = await looker.put(image, reads, refused);
    if (!put.ok) return put;
    const outcome = decodePoll(plan, image);
    if (!outcome.ok) {
      return refused.length > 0
        ? good([])
        : bad({ kind: "changed", changes: outcome.changes });
    }
    if (outcome.rereads.length === 0 || round >= REREADS_MAX || refused.length > 0) {
      return good(outcome.models.filter((model) => !touches(refused, model)));
    }
    reads = outcome.rereads;
  }
}

/** Counts requests and silences over one look. */
interface Looker {
  readonly requests: number;
  /** The first silence, if nothing else was ever heard. */
  readonly lost: SnapshotFault | undefined;
  put(
    image: Image,
    reads: readonly Span[],
    refused: Span[],
  ): Promise<Result<void, SnapshotFault>>;
  partly(span: Span): Promise<Result<readonly (number | null)[], SnapshotFault>>;
}

function createLooker(unit: Unit): Looker {
  let silences = 0;
  let requests = 0;
  let heard = false;
  let lost: SnapshotFault | undefined;
  const counted: Unit = {
    ...unit,
    reader: {
      async read(request, signal) {
        requests++;
        const answer = await unit.reader.read(request, signal);
        heard ||= answer.ok || answer.fault.kind === "exception";
        return answer;
      },
    },
  };

  /** What to do about a fault: go on without (true), or end. */
  function bearable(fault: ModbusFault, at: Span): boolean {
    if (fault.kind === "exception") return true;
    lost ??= { kind: "lost", at, fault };
    return fault.kind !== "unreachable" && ++silences <= SILENCES_MAX;
  }

  return {
    get requests() {
      return requests;
    },
    get lost() {
      return heard ? undefined : lost;
    },
    async put(image, reads, refused) {
      for (const span of reads) {
        const answer = await readOnce(counted, span);
        if (answer.ok) image.put(span, answer.value);
        else if (bearable(answer.fault, span)) refused.push(span);
        else return bad({ kind: "lost", at: span, fault: answer.fault });
      }
      return good(undefined);
    },
    async partly(span) {
      const read = await readPartly(counted, span);
      if (read.ok) return good(read.value.registers);
      if (bearable(read.fault, span)) return good(new Array(span.count).fill(null));
      return bad({ kind: "lost", at: span, fault: read.fault });
    },
  };
}

function keep(found: Models, models: readonly DecodedModel[]): void {
  for (const model of models) found.set(model.address, model);
}

function touches(spans: readonly Span[], model: DecodedModel): boolean {
  const end = model.address + 2 + model.length;
  return spans.some(({ address, count }) =>
    address < end && model.address < address + count
  );
}

function unknown({ id, address, length }: ModelAt): DecodedModel {
  return { id, address, length, points: {}, flags: [] };
}
