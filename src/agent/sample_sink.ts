/**
 * Receives samples and state changes from the poller. The records stage turns samples
 * into drafts; these and the drafts of state changes are appended to the ingest.
 *
 * @module
 */

import type { SampleSink } from "../poller/sample.ts";
import {
  deviceStateEvent,
  type EventContext,
  layoutChangedEvent,
} from "../records/events.ts";
import type { Draft } from "../records/record.ts";
import type { RecordsStage } from "../records/records_stage.ts";
import type { Ingest } from "./ingest.ts";

/** The interfaces that the sink uses. */
export interface SampleSinkOptions {
  readonly stage: Pick<RecordsStage, "process">;
  readonly ingest: Pick<Ingest, "append" | "closed">;
  /** The context of an event that happens now. */
  readonly context: () => EventContext;
  /** Receives the drafts of each sample with the sample's key. */
  readonly onDrafts: (key: string, drafts: readonly Draft[]) => void;
  /** Abandons state changes that wait to be appended. */
  readonly signal: AbortSignal;
  /** Receives the error if a state change cannot be appended although nothing has ended. */
  readonly onFailure: (error: unknown) => void;
}

/** Creates the sink. */
export function createSampleSink(options: SampleSinkOptions): SampleSink {
  const { stage, ingest, context, signal, onFailure } = options;

  function appendEvent(draft: Draft): void {
    ingest.append([draft], signal).catch((error: unknown) => {
      if (!signal.aborted && !ingest.closed) onFailure(error);
    });
  }

  return {
    async sample(sample, until) {
      const { drafts, models, instances } = stage.process(sample);
      options.onDrafts(sample.key, drafts);
      await ingest.append(drafts, until);
      const flags = drafts.flatMap(({ source }) => source.flags);
      return { models, records: drafts.length, flags, instances };
    },
    deviceState({ deviceId, unitId, identity, state, previous, reason, atMs }) {
      // A device that was never identified has no stream: it is only in the log.
      if (deviceId === null || state === "connecting") return;
      const draft = deviceStateEvent(
        { ...context(), atMs },
        { deviceId, unitId, identity },
        { state, previousState: previous === "connecting" ? null : previous, reason },
      );
      appendEvent(draft);
    },
    layoutChanged({ atMs, ...change }) {
      appendEvent(layoutChangedEvent({ ...context(), atMs }, change, change));
    },
  };
}
