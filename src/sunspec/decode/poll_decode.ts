/**
 * Verifies and decodes the register image of a poll in one call.
 *
 * @module
 */

import type { PollPlan } from "../plan/poll_plan.ts";
import type { Span } from "../plan/read_plan.ts";
import type { DecodedModel } from "./decoded.ts";
import { toNamed } from "./decode.ts";
import { decodeImage } from "./image_decode.ts";
import { checkPoll, describePollChange } from "./poll_check.ts";
import type { RegisterImage } from "./register_image.ts";

/** The result of decoding a poll. */
export type PollOutcome =
  | {
    readonly ok: true;
    /** In the plan's order. */
    readonly models: readonly DecodedModel[];
    /**
     * Reads to repeat, in this order, before decoding the image again, because a scale
     * factor changed between the requests (the values concerned are null and flagged
     * `scale-changed`), or because the registers of a model are impossible; usually
     * empty.
     */
    readonly rereads: readonly Span[];
  }
  /** The device does not match the plan and must be discovered again; one text per change. */
  | { readonly ok: false; readonly changes: readonly string[] };

/**
 * Verifies the marker, the header of each model and the identity, and decodes the
 * models. Points of a read without a response are null and flagged; only the marker
 * must have been read.
 */
export function decodePoll(plan: PollPlan, image: RegisterImage): PollOutcome {
  const check = checkPoll(plan, image);
  if (!check.ok) {
    return {
      ok: false,
      changes: check.changes.map((each) => describePollChange(each)),
    };
  }
  return {
    ok: true,
    models: decodeImage(plan, image, check.faults).map(toNamed),
    rereads: check.rereads,
  };
}
