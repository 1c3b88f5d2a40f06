/**
 * Messages between the main thread and the buffer's worker.
 *
 * @module
 */

import type {
  BufferBounds,
  BufferFault,
  BufferOpened,
  BufferOptions,
  BufferStats,
  HoldResult,
  OldestQuery,
  PendingGap,
} from "../buffer.ts";
import type { HeldRow } from "../row_holds.ts";

/** The options that are passed to the worker. */
export type WorkerOptions = Omit<BufferOptions, "workerUrl">;

/** To the worker. Messages arrive in order: a flush covers every request before it. */
export type WorkerRequest =
  | { readonly kind: "open"; readonly options: WorkerOptions; readonly wallMs: number }
  | { readonly kind: "append"; readonly rows: ArrayBuffer }
  | {
    readonly kind: "hold";
    readonly requestId: number;
    readonly rows: readonly HeldRow[];
  }
  | {
    readonly kind: "acknowledge" | "reject" | "release";
    readonly ids: readonly number[];
  }
  | { readonly kind: "deadLetter"; readonly id: number; readonly reason: string }
  | { readonly kind: "addSchema"; readonly fingerprint: string; readonly text: string }
  | { readonly kind: "adjust"; readonly bounds: BufferBounds }
  | { readonly kind: "flush"; readonly requestId: number }
  | ({ readonly kind: "oldest" } & OldestRequest)
  | {
    readonly kind: "schema";
    readonly requestId: number;
    readonly fingerprint: string;
  }
  | { readonly kind: "close" };

/** A request for rows. */
export interface OldestRequest {
  readonly requestId: number;
  readonly query: OldestQuery;
}

/** The state of the queue that the worker reports after each commit. */
export interface WorkerState {
  readonly stats: BufferStats;
  /** Present only if the gaps have changed. */
  readonly gaps?: readonly PendingGap[];
  /** Gaps whose rows are stored and not delivered yet. Present with `gaps`. */
  readonly gapsAnnounced?: number;
  /** The last id that was assigned. */
  readonly lastId: number;
  /** Rows and payload bytes that left the in-flight window, since the start. */
  readonly rowsCompleted: number;
  readonly bytesCompleted: number;
}

/** From the worker. */
export type WorkerResponse =
  | ({ readonly kind: "opened"; readonly opened: BufferOpened } & WorkerState)
  /** The file could not be opened. */
  | { readonly kind: "fault"; readonly fault: BufferFault }
  | ({ readonly kind: "state" } & WorkerState)
  /** A heartbeat. */
  | { readonly kind: "alive" }
  | { readonly kind: "flushed"; readonly requestId: number }
  | { readonly kind: "hold"; readonly requestId: number; readonly result: HoldResult }
  /**
   * `lastId`: the last id that was assigned when the rows were read. `held`: number of
   * rows, from the front, that this read holds.
   */
  | {
    readonly kind: "rows";
    readonly requestId: number;
    readonly rows: ArrayBuffer;
    readonly lastId: number;
    readonly held: number;
  }
  | {
    readonly kind: "schema";
    readonly requestId: number;
    readonly text: string | undefined;
  }
  /** The worker ended on an error that no retry can resolve. */
  | { readonly kind: "failed"; readonly detail: string }
  /** The answer to `close`; `rowsLeft` and `detail` describe a failed last commit. */
  | {
    readonly kind: "closed";
    readonly rowsLeft: number;
    readonly detail: string | null;
  };
