/**
 * The door to signals.
 *
 * @module
 */

/** Why a signal of {@linkcode watchSignals} is aborted. */
export class Interrupted extends Error {
  /** The class name, so that logs show it after bundling too. */
  override readonly name = "Interrupted";

  /** Made by the signal of that name. */
  constructor(readonly signalName: "SIGINT" | "SIGTERM") {
    super(signalName);
  }
}

/** What the signals ask for. */
export interface SignalWatch {
  /** Aborted by the first SIGINT or SIGTERM: drain, then end. */
  readonly drain: AbortSignal;
  /** Aborted by the second: end now. */
  readonly hurry: AbortSignal;
  /** Gives the signals back to the runtime. */
  close(): void;
}

/** Begins to watch. */
export function watchSignals(): SignalWatch {
  throw new Error("not yet");
}
