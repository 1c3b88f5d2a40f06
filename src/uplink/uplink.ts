/**
 * What the pump asks of the far side: to take rows, or say why not.
 *
 * @module
 */

import type { StoredRow } from "../buffer/buffer.ts";

/** Where rows go. One send at a time. */
export interface Uplink {
  /** For logs and the status, without secrets: `kafka kafka1.example:9093`. */
  readonly name: string;
  /** A send without a verdict counts as failed after this, in ms; undefined where verdicts always come. */
  readonly messageTimeoutMs?: number;
  /** No send takes longer than this with all its steps, in ms. */
  readonly sendLimitMs?: number;
  /**
   * Sends rows of one topic, in order; resolves once they are safe at the far
   * side, or with why they are not. Bounded in time by the uplink's own
   * message timeout; a rejection is a bug, not an answer.
   */
  send(rows: readonly StoredRow[], signal: AbortSignal): Promise<SendResult>;
  /** Lets go of everything, in bounded time, whatever is under way. */
  close(): Promise<void>;
}

/** The far side's answer. */
export type SendResult =
  | { readonly ok: true }
  | { readonly ok: false; readonly failure: SendFailure };

/** Why rows were not taken. */
export interface SendFailure {
  /**
   * The broker's own error name (`MESSAGE_TOO_LARGE`), or one of ours:
   * `UNREACHABLE` (nothing was sent), `TIMEOUT` (no verdict: they may have
   * arrived), `DISK_FULL`, `DISK_FAILURE`.
   */
  readonly errorName: string;
  /** In words, for people; no secrets. */
  readonly detail: string;
}
