/**
 * Where one device's polls become records: its sub-devices told apart, each
 * guarded by its own past.
 *
 * @module
 */

import type { DecodedModel } from "../sunspec/decode/decode.ts";
import type { ModelDefinition } from "../sunspec/definition/definition.ts";
import { identityOf } from "../sunspec/identity.ts";
import { createGuard, type Guard } from "./plausibility/plausibility_filter.ts";
import { type DefinedModel, modelDrafts } from "./model_record.ts";
import {
  normalise,
  type NormaliseOptions,
  type PollContext,
} from "./normalise/normalise.ts";
import type { Draft, RecordIdentity } from "./record.ts";

/** Which of the two forms counts where a device shows one thing in both. */
export type Preference = NonNullable<NormaliseOptions["prefer"]>;

/** Makes one device's records, poll after poll. What it remembers ends with the agent. */
export interface Desk {
  /**
   * The drafts of one poll.
   *
   * A second model 1 in the chain begins a sub-device: `<id>.2` with the identity
   * that it gives, the next one `<id>.3`. The first keeps the device's own id.
   *
   * @param planned the models' definitions, in the same order.
   * @param atMs monotonic time of the poll, in ms.
   */
  draft(
    context: PollContext,
    models: readonly DecodedModel[],
    planned: readonly { readonly definition: ModelDefinition }[],
    atMs: number,
  ): Draft[];
}

/** Which records a device gives. */
export interface DeskOptions extends NormaliseOptions {
  /** Normalised ones (if not given), or one of each model with every point, or both. */
  readonly publish?: readonly Publication[];
}

/** A way in which a device's readings are published. */
export type Publication = "normalized" | "models";

/** Makes a desk that knows nothing yet. */
export function createDesk(options: DeskOptions): Desk {
  const guards: Guard[] = [];
  return {
    draft(context, models, planned, atMs) {
      const parts = partsOf(models, planned);
      return parts.flatMap(({ identity, read }, index) => {
        const guard = guards[index] ??= createGuard();
        const who = identity ?? context.identity;
        const guarded = guard.check(
          who,
          read.map(({ model }) => model),
          read,
          atMs,
        );
        const deviceId = parts.length > 1
          ? `${context.deviceId}.${index + 1}`
          : context.deviceId;
        const own = { ...context, deviceId, identity: who };
        const { publish = ["normalized"] } = options;
        const drafts = [
          ...publish.includes("normalized")
            ? guard.follow(normalise(own, guarded, options), guarded, atMs)
            : [],
          ...publish.includes("models") ? modelDrafts(own, read) : [],
        ];
        if (index > 0 || parts.length === 1) return drafts;
        // Alone of its kind, the first is the device itself.
        return drafts.map((draft) =>
          draft.source.device_id === deviceId
            ? { ...draft, source: { ...draft.source, ["device_id"]: context.deviceId } }
            : draft
        );
      });
    },
  };
}

/** The models of one sub-device. */
interface Part {
  /** Undefined = the device's own. */
  readonly identity: RecordIdentity | undefined;
  readonly read: DefinedModel[];
}

const COMMON_MODEL = 1;

/**
 * Cuts a chain where another device begins. A model 1 that repeats the one before
 * it begins none, unless it says nothing: texts are left out by night.
 */
function partsOf(
  models: readonly DecodedModel[],
  planned: readonly { readonly definition: ModelDefinition }[],
): Part[] {
  const first: Part = { identity: undefined, read: [] };
  const parts = [first];
  let last: RecordIdentity | undefined;
  for (const [at, model] of models.entries()) {
    const definition = planned[at]?.definition;
    if (definition === undefined) continue;
    if (model.id === COMMON_MODEL) {
      const identity: RecordIdentity = identityOf(model);
      if (last !== undefined && !isSame(last, identity)) {
        parts.push({ identity, read: [] });
      }
      last = identity;
    }
    parts.at(-1)?.read.push({ model, definition });
  }
  return parts;
}

function isSame(one: RecordIdentity, other: RecordIdentity): boolean {
  const texts = ["manufacturer", "model", "serial"] as const;
  return texts.every((text) => one[text] === other[text]) &&
    texts.some((text) => one[text] !== null);
}
