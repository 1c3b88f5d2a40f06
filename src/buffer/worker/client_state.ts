/**
 * The main thread's view of the worker. Pure: the worker's messages in, state
 * and effects out; `session.ts` carries the effects out.
 *
 * @module
 */

import type { OldestQuery, PendingGap } from "../buffer.ts";
import type { WorkerResponse, WorkerState } from "./protocol.ts";

/** The last reported state of the worker. */
export interface ClientState {
  readonly worker: WorkerState;
  readonly gaps: readonly PendingGap[];
  readonly gapsAnnounced: number;
  /**
   * No row with an id in (from, to] exists: a read returned nothing. Prevents a busy
   * loop of waiting and reading when rows were evicted or deleted.
   */
  readonly emptyRange: { readonly from: number; readonly to: number };
}

/** What happens to the client. */
export type ClientEvent =
  | {
    readonly kind: "response";
    readonly response: Exclude<
      WorkerResponse,
      { kind: "opened" | "fault" | "failed" }
    >;
  }
  /** A read of all topics after `query.afterId` found no row up to `lastId`. */
  | {
    readonly kind: "readEmpty";
    readonly query: OldestQuery;
    readonly lastId: number;
  };

/** What the driver must do, in order. */
export type ClientEffect =
  /** Rows and bytes, in total since the start, have left the in-flight window. */
  | { readonly kind: "complete"; readonly rows: number; readonly bytes: number }
  /** Rows up to this id are stored. */
  | { readonly kind: "notifyStored"; readonly lastId: number }
  | { readonly kind: "respond"; readonly requestId: number; readonly value: unknown }
  /** The worker has closed the file; `loss` = null if everything was committed. */
  | { readonly kind: "closed"; readonly loss: string | null };

/** A state and the effects that lead to it. */
export interface ClientStep {
  readonly state: ClientState;
  readonly effects: readonly ClientEffect[];
}

/** The state after the file was opened. */
export function openedState(worker: WorkerState): ClientState {
  return {
    worker,
    gaps: worker.gaps ?? [],
    gapsAnnounced: worker.gapsAnnounced ?? 0,
    emptyRange: { from: Infinity, to: 0 },
  };
}

/** The state and the effects after `event`. */
export function reduceClient(state: ClientState, event: ClientEvent): ClientStep {
  if (event.kind === "readEmpty") {
    const emptyRange = { from: event.query.afterId, to: event.lastId };
    const { topic, exceptTopics = [] } = event.query;
    const isOfAllTopics = topic === undefined && exceptTopics.length === 0;
    return { state: isOfAllTopics ? { ...state, emptyRange } : state, effects: [] };
  }
  const { response } = event;
  switch (response.kind) {
    case "state": {
      const { rowsCompleted: rows, bytesCompleted: bytes, lastId } = response;
      return {
        state: {
          ...state,
          worker: response,
          gaps: response.gaps ?? state.gaps,
          gapsAnnounced: response.gapsAnnounced ?? state.gapsAnnounced,
        },
        effects: [
          { kind: "complete", rows, bytes },
          { kind: "notifyStored", lastId },
        ],
      };
    }
    case "alive":
      return { state, effects: [] };
    case "flushed":
      return respond(state, response.requestId, undefined);
    case "hold":
      return respond(state, response.requestId, response.result);
    case "rows":
      return respond(state, response.requestId, response);
    case "schema":
      return respond(state, response.requestId, response.text);
    case "closed": {
      const { rowsLeft, detail } = response;
      const loss = rowsLeft === 0 && detail === null
        ? null
        : `The last commit failed and ${rowsLeft} rows are lost: ${detail}`;
      return { state, effects: [{ kind: "closed", loss }] };
    }
  }
}

/** The id after which a row can exist, for a reader that has read up to `afterId`. */
export function unreadAfter({ emptyRange }: ClientState, afterId: number): number {
  return emptyRange.from <= afterId ? Math.max(afterId, emptyRange.to) : afterId;
}

function respond(state: ClientState, requestId: number, value: unknown): ClientStep {
  return { state, effects: [{ kind: "respond", requestId, value }] };
}
