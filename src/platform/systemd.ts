/**
 * The door to the service manager: sd_notify(3) without its library.
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

/** Tells systemd how the agent fares; does nothing where there is none. No call throws or rejects. */
export interface ServiceManager {
  /** Whether NOTIFY_SOCKET is set and can be used. */
  readonly active: boolean;
  /** How often {@linkcode ServiceManager.watchdog} is due, in ms; null = never. */
  readonly watchdogEveryMs: number | null;
  /** The agent is up: `READY=1`, with a status. */
  ready(status: string): Promise<void>;
  /** It reads its configuration anew; {@linkcode ServiceManager.ready} ends that. */
  reloading(): Promise<void>;
  /** It is about to end: `STOPPING=1`, with a status. */
  stopping(status: string): Promise<void>;
  /** One line for `systemctl status`. */
  status(text: string): Promise<void>;
  /** It lives: `WATCHDOG=1`. */
  watchdog(): Promise<void>;
  /** Lets go of the socket. */
  close(): void;
}

/** A manager that does not read must not hold the agent up for longer, in ms. */
const SEND_TIMEOUT_MS = 1_000;

/** No more messages than this are under way; further ones are dropped. */
const IN_FLIGHT_MAX = 8;

/** Opens the way to the service manager, if there is one; `onFault` is told once what is wrong. */
export function openServiceManager(
  env: Readonly<Record<string, string>>,
  onFault: (detail: string) => void,
): ServiceManager {
  const target = notifyTarget(env);
  let socket: Socket | undefined;
  let inFlight = 0;
  let faulty = false;

  function fail(detail: string): void {
    if (faulty) return;
    faulty = true;
    onFault(detail);
  }

  async function send(fields: Readonly<Record<string, string>>): Promise<void> {
    if (socket === undefined || inFlight >= IN_FLIGHT_MAX) return;
    inFlight++;
    try {
      await withinTime(socket.send(notifyMessage(fields)));
    } catch (error) {
      fail(`systemd cannot be told: ${error instanceof Error ? error.message : error}`);
    } finally {
      inFlight--;
    }
  }

  if (target.is === "unusable") fail(target.detail);
  if (target.is === "path") {
    try {
      socket = bind(target.path, runtimeFolder(env));
    } catch (error) {
      fail(
        `no socket for sd_notify: ${error instanceof Error ? error.message : error}`,
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

/** Deno sends only from a socket that is bound, so it stands at a path for as long as it is open. */
function bind(target: string, runtime: string | undefined): Socket {
  const folder = runtime ?? Deno.makeTempDirSync({ prefix: "sunspec-collector-" });
  const path = `${folder}/notify-${Deno.pid}.sock`;
  remove(path); // left by a process that had this number and was killed
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
    // It is not there, or not ours: neither is in the way.
  }
}

async function withinTime(sending: Promise<unknown>): Promise<void> {
  const { promise, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(
    () => reject(new Error(`not taken within ${SEND_TIMEOUT_MS} ms`)),
    SEND_TIMEOUT_MS,
  );
  try {
    await Promise.race([sending, promise]);
  } finally {
    clearTimeout(timer);
    sending.catch(() => {}); // late news of a send that was given up
  }
}

/**
 * CLOCK_MONOTONIC in µs, never too early: systemd refuses a reload older than
 * its request. The kernel rounds the uptime up to whole seconds (sysinfo(2)).
 */
function uptimeUsec(): string {
  return String(Deno.osUptime() * 1_000_000);
}
