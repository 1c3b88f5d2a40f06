/**
 * Notifications to the service manager: sd_notify(3) without its library.
 *
 * @module
 */

import {
  notifyMessage,
  notifyTarget,
  runtimeFolder,
  statusLine,
  watchdogEveryMs,
} from "./notify.ts";

/** Notifies systemd; does nothing without it. No method throws or rejects. */
export interface ServiceManager {
  /** Whether NOTIFY_SOCKET is set and can be used. */
  readonly active: boolean;
  /** Interval of {@linkcode ServiceManager.watchdog} in ms; null = no watchdog. */
  readonly watchdogEveryMs: number | null;
  /** The agent is ready: `READY=1` with a status. */
  ready(status: string): Promise<void>;
  /**
   * The agent reloads its configuration: `RELOADING=1`; {@linkcode
   * ServiceManager.ready} ends it.
   */
  reloading(): Promise<void>;
  /** The agent stops: `STOPPING=1` with a status. */
  stopping(status: string): Promise<void>;
  /** Sets the status line of `systemctl status`. */
  status(text: string): Promise<void>;
  /** Notifies the watchdog: `WATCHDOG=1`. */
  watchdog(): Promise<void>;
  /** Closes the socket. */
  close(): void;
}

/**
 * Maximum time of a send, in ms, so that a manager that does not read cannot block the
 * agent.
 */
const SEND_TIMEOUT_MS = 1_000;

/** Maximum number of messages in flight; further ones are dropped. */
const IN_FLIGHT_MAX = 8;

/**
 * Connects to the service manager, if there is one; `onFault` is called for the first
 * fault only.
 */
export function openServiceManager(
  env: Readonly<Record<string, string>>,
  onFault: (detail: string) => void,
): ServiceManager {
  const target = notifyTarget(env);
  let socket: Socket | undefined;
  let inFlight = 0;
  let hasFailed = false;

  function fail(detail: string): void {
    if (hasFailed) return;
    hasFailed = true;
    onFault(detail);
  }

  async function send(fields: Readonly<Record<string, string>>): Promise<void> {
    if (socket === undefined || inFlight >= IN_FLIGHT_MAX) return;
    inFlight++;
    try {
      await withinTime(socket.send(notifyMessage(fields)));
    } catch (error) {
      fail(`cannot notify systemd: ${error instanceof Error ? error.message : error}`);
    } finally {
      inFlight--;
    }
  }

  if (target.kind === "unusable") fail(target.detail);
  if (target.kind === "path") {
    try {
      socket = bind(target.path, runtimeFolder(env));
    } catch (error) {
      fail(
        `cannot open a socket for sd_notify: ${
          error instanceof Error ? error.message : error
        }`,
      );
    }
  }
  return {
    active: socket !== undefined,
    watchdogEveryMs: watchdogEveryMs(env, Deno.pid),
    ready: (status) => send({ READY: "1", STATUS: statusLine(status) }),
    reloading: () => send({ RELOADING: "1", ["MONOTONIC_USEC"]: uptimeUsec() }),
    stopping: (status) => send({ STOPPING: "1", STATUS: statusLine(status) }),
    status: (text) => send({ STATUS: statusLine(text) }),
    watchdog: () => send({ WATCHDOG: "1" }),
    close(): void {
      socket?.close();
      socket = undefined;
    },
  };
}

interface Socket {
  send(message: string): Promise<unknown>;
  close(): void;
}

/**
 * Deno can only send from a bound socket, so the socket has a path while it is open.
 */
function bind(target: string, runtime: string | undefined): Socket {
  const folder = runtime ?? Deno.makeTempDirSync({ prefix: "sunspec-collector-" });
  const path = `${folder}/notify-${Deno.pid}.sock`;
  remove(path); // left by a killed process with the same id
  const connection = Deno.listenDatagram({ transport: "unixpacket", path });
  return {
    send: (message) =>
      connection.send(new TextEncoder().encode(message), {
        transport: "unixpacket",
        path: target,
      }),
    close(): void {
      connection.close();
      remove(path);
      if (runtime === undefined) remove(folder);
    },
  };
}

function remove(path: string): void {
  try {
    Deno.removeSync(path);
  } catch {
    // Missing, or without permission: bind() reports it.
  }
}

async function withinTime(sending: Promise<unknown>): Promise<void> {
  const { promise, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(
    () => reject(new Error(`not sent within ${SEND_TIMEOUT_MS} ms`)),
    SEND_TIMEOUT_MS,
  );
  try {
    await Promise.race([sending, promise]);
  } finally {
    clearTimeout(timer);
    sending.catch(() => {}); // a send that fails after the timeout is already reported
  }
}

/**
 * CLOCK_MONOTONIC in µs, never too early: systemd rejects a reload older than its
 * request. The kernel rounds the uptime up to whole seconds (sysinfo(2)).
 */
function uptimeUsec(): string {
  return String(Deno.osUptime() * 1_000_000);
}
