/**
 * Where the poller's findings go: records and changes of state alike become rows.
 *
 * @module
 */

import type { PollSink } from "../poller/sink.ts";
import { deviceStateEvent, type EventContext } from "../records/events.ts";
import type { Draft } from "../records/record.ts";
import type { Intake } from "./ingest.ts";

/** What the sink needs. */
export interface SinkOptions {
  readonly intake: Pick<Intake, "offer" | "closed">;
  /** The context of an event that happens now. */
  readonly context: () => EventContext;
  /** Told of the drafts of each poll. */
  readonly onDrafts: (drafts: readonly Draft[]) => void;
  /** Ends the events that wait for room. */
  readonly signal: AbortSignal;
  /** Told if an event cannot be taken although nothing has ended. */
  readonly onFailure: (error: unknown) => void;
}

/** Makes the sink. */
export function createSink(options: SinkOptions): PollSink {
  const { intake, context, signal, onFailure } = options;
  return {
    offer(drafts, until) {
      options.onDrafts(drafts);
      return intake.offer(drafts, until);
    },
    deviceState({ deviceId, unitId, identity, state, previous, reason, atMs }) {
      // A device that was never identified has no stream yet: it is in the log only.
      if (deviceId === null || state === "connecting") return;
      const draft = deviceStateEvent(
        { ...context(), atMs },
        { deviceId, unitId, identity },
        { state, previousState: previous === "connecting" ? null : previous, reason },
      );
      intake.offer([draft], signal).catch((error: unknown) => {
        if (!signal.aborted && !intake.closed) onFailure(error);
      });
    },
  };
}
