/**
 * The door to the service manager: sd_notify(3) without its library.
 *
 * @module
 */

/** Tells systemd how the agent fares; does nothing where there is none. No call throws or rejects. */
export interface ServiceManager {
  /** Whether NOTIFY_SOCKET is set and can be used. */
  readonly active: boolean;
  /** How often {@linkcode ServiceManager.watchdog} is due (half of WATCHDOG_USEC), in ms; null = never. */
  readonly watchdogEveryMs: number | null;
  ready(status: string): Promise<void>;
  reloading(): Promise<void>;
  stopping(status: string): Promise<void>;
  status(text: string): Promise<void>;
  watchdog(): Promise<void>;
  close(): void;
}

/** Opens the way to the service manager, if there is one; `onFault` is told once what is wrong. */
export function openServiceManager(
  _env: Readonly<Record<string, string>>,
  _onFault: (detail: string) => void,
): ServiceManager {
  throw new Error("not yet");
}
