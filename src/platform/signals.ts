/**
 * Signals of the process.
 *
 * @module
 */

/** The signals that stop the agent. */
export type EndSignal = "SIGINT" | "SIGTERM";

/** The abort reason of the signals of {@linkcode watchSignals}. */
export class Interrupted extends Error {
  /** The class name, set explicitly because bundling may rename the class. */
  override readonly name = "Interrupted";
  /** The received signal. */
  readonly signalName: EndSignal;

  /** Creates the reason for a received signal. */
  constructor(signalName: EndSignal) {
    super(`interrupted by ${signalName}`);
    this.signalName = signalName;
  }
}

/** The requests made by signals. */
export interface SignalWatch {
  /** Aborted by the first SIGINT or SIGTERM: drain, then stop. */
  readonly drain: AbortSignal;
  /** Aborted by the second one: stop now. */
  readonly force: AbortSignal;
  /** Removes the handlers. */
  close(): void;
}

const SIGNALS: readonly EndSignal[] = ["SIGINT", "SIGTERM"];

/** Installs handlers. Until they are removed, the signals do not end the process. */
export function watchSignals(): SignalWatch {
  const drain = new AbortController();
  const force = new AbortController();
  const listeners = SIGNALS.map((name) => {
    const listener = (): void => {
      const next = drain.signal.aborted ? force : drain;
      next.abort(new Interrupted(name));
    };
    Deno.addSignalListener(name, listener);
    return { name, listener };
  });
  return {
    drain: drain.signal,
    force: force.signal,
    close(): void {
      for (const { name, listener } of listeners.splice(0)) {
        Deno.removeSignalListener(name, listener);
      }
    },
  };
}

/** SIGHUP, which requests a reload of the configuration. */
export interface HangupWatch {
  /** Calls `onHangup` for each SIGHUP, and now if one was received before. */
  listen(onHangup: () => void): void;
  /** Removes the handler. */
  close(): void;
}

/** Installs a handler. Until it is removed, SIGHUP does not end the process. */
export function watchHangup(): HangupWatch {
  let isReceived = false;
  let call: (() => void) | undefined;
  const listener = (): void => {
    isReceived = true;
    call?.();
  };
  Deno.addSignalListener("SIGHUP", listener);
  return {
    listen(onHangup) {
      call = onHangup;
      if (isReceived) onHangup();
    },
    close: () => Deno.removeSignalListener("SIGHUP", listener),
  };
}
