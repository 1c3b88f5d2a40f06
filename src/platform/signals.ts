/**
 * The door to signals.
 *
 * @module
 */

/** The signals that end the agent. */
export type EndSignal = "SIGINT" | "SIGTERM";

/** Why a signal of {@linkcode watchSignals} is aborted. */
export class Interrupted extends Error {
  /** The class name, so that logs show it after bundling too. */
  override readonly name = "Interrupted";
  /** Which signal came. */
  readonly signalName: EndSignal;

  /** Made by the signal of that name. */
  constructor(signalName: EndSignal) {
    super(`interrupted by ${signalName}`);
    this.signalName = signalName;
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

const SIGNALS: readonly EndSignal[] = ["SIGINT", "SIGTERM"];

/** Begins to watch. Until it is closed, neither signal ends the process by itself. */
export function watchSignals(): SignalWatch {
  const drain = new AbortController();
  const hurry = new AbortController();
  const listeners = SIGNALS.map((name) => {
    const listener = (): void => {
      const next = drain.signal.aborted ? hurry : drain;
      next.abort(new Interrupted(name));
    };
    Deno.addSignalListener(name, listener);
    return { name, listener };
  });
  return {
    drain: drain.signal,
    hurry: hurry.signal,
    close(): void {
      for (const { name, listener } of listeners.splice(0)) {
        Deno.removeSignalListener(name, listener);
      }
    },
  };
}

/** SIGHUP, which asks to read the configuration anew. */
export interface Hangup {
  /** Is called at each from now on, and at once if one has come already. */
  listen(onHangup: () => void): void;
  /** Gives the signal back to the runtime. */
  close(): void;
}

/** Begins to watch: until it is closed, SIGHUP does not end the process. */
export function createHangup(): Hangup {
  let came = false;
  let call: (() => void) | undefined;
  const listener = (): void => {
    came = true;
    call?.();
  };
  Deno.addSignalListener("SIGHUP", listener);
  return {
    listen(onHangup) {
      call = onHangup;
      if (came) onHangup();
    },
    close: () => Deno.removeSignalListener("SIGHUP", listener),
  };
}
