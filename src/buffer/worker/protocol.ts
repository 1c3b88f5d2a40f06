/**
 * What the main thread asks of the worker, and what the worker says.
 *
 * @module
 */

import type {
  BufferBounds,
  BufferFault,
  BufferOpened,
  BufferOptions,
  BufferStats,
  OldestQuery,
  PendingGap,
} from "../buffer.ts";

/** The options as they cross to the worker. */
export type WorkerOptions = Omit<BufferOptions, "workerUrl">;

/** To the worker. Messages arrive in order, so a flush covers what was asked before it. */
export type Ask =
  | { readonly ask: "open"; readonly options: WorkerOptions; readonly wallMs: number }
  | { readonly ask: "append"; readonly rows: ArrayBuffer }
  | { readonly ask: "settle"; readonly ids: readonly number[] }
  | { readonly ask: "refused"; readonly ids: readonly number[] }
  | { readonly ask: "bury"; readonly row: number; readonly reason: string }
  | { readonly ask: "addSchema"; readonly fingerprint: string; readonly text: string }
  | { readonly ask: "adjust"; readonly bounds: BufferBounds }
  | { readonly ask: "flush"; readonly id: number }
  | { readonly ask: "oldest"; readonly id: number; readonly query: OldestQuery }
  | { readonly ask: "schema"; readonly id: number; readonly fingerprint: string }
  | { readonly ask: "close" };

/** The queue as the main thread knows it. */
export interface WorkerState {
  readonly stats: BufferStats;
  /** Given only when they have changed. */
  readonly gaps?: readonly PendingGap[];
  /** The last id that was given. */
  readonly lastId: number;
  /** Of what was appended since the start: rows and bytes that wait no more. */
  readonly rowsDone: number;
  readonly bytesDone: number;
}

/** From the worker. */
export type Say =
  | ({ readonly say: "opened"; readonly opened: BufferOpened } & WorkerState)
  | { readonly say: "fault"; readonly fault: BufferFault }
  | ({ readonly say: "state" } & WorkerState)
  | { readonly say: "alive" }
  | { readonly say: "flushed"; readonly id: number }
  /** `lastId`: the last id that was given when the rows were read. */
  | {
    readonly say: "rows";
    readonly id: number;
    readonly rows: ArrayBuffer;
    readonly lastId: number;
  }
  | { readonly say: "schema"; readonly id: number; readonly text: string | undefined }
  | { readonly say: "failed"; readonly detail: string }
  | {
    readonly say: "closed";
    readonly rowsLeft: number;
    readonly detail: string | null;
  };
