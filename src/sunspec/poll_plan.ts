/**
 * A poll as data: which reads, in which order, and what they must show.
 *
 * @module
 */

import type { ModelAt } from "./chain.ts";
import type { DecodedModel } from "./decoded.ts";
import type { ModelDefinition } from "./definition.ts";
import type { Identity } from "./identity.ts";
import type { ReadLimits, Span } from "./plan.ts";

/** A model that is to be polled. */
export interface PlannedModel {
  readonly at: ModelAt;
  readonly definition: ModelDefinition;
}

/** What a poll asks for. */
export interface PollPlan {
  /** In this order; each goes into the image under this very object. */
  readonly reads: readonly Span[];
  readonly base: number;
  readonly models: readonly PlannedModel[];
  /** Who the device must be; undefined = whoever. */
  readonly identity: Identity | undefined;
}

/** What one poll read. */
export interface Image {
  /** Keeps the answer to a read of the plan; a second answer to the same read replaces the first. */
  put(span: Span, registers: Uint16Array): void;
}

/** What a poll gave. */
export type PollOutcome =
  | {
    readonly ok: true;
    readonly models: readonly DecodedModel[];
    /**
     * Reads to repeat (in this order) before decoding once more, because a
     * scale factor changed between the requests; empty as a rule. Until then
     * the values concerned are null and flagged `scale-changed`.
     */
    readonly rereads: readonly Span[];
  }
  /** The device is not laid out as planned: discover it again. Each change in words. */
  | { readonly ok: false; readonly changes: readonly string[] };

/**
 * Plans a poll. Model 1 must be among `models` for the identity to be read.
 *
 * @param models in chain order.
 * @param base zero-based address of the `SunS` marker.
 */
export function planPoll(
  _models: readonly PlannedModel[],
  _base: number,
  _limits: ReadLimits,
  _identity?: Identity,
): PollPlan {
  throw new Error("not yet");
}

/** An empty image; one for each poll. */
export function createImage(): Image {
  throw new Error("not yet");
}

/** Checks and decodes what a poll read. */
export function decodePoll(_plan: PollPlan, _image: Image): PollOutcome {
  throw new Error("not yet");
}
