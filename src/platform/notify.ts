/**
 * The messages of sd_notify(3), their destination, and the watchdog interval of
 * sd_watchdog_enabled(3). Pure.
 *
 * @module
 */

/** Destination of the messages. */
export type NotifyTarget =
  | { readonly kind: "none" }
  | { readonly kind: "path"; readonly path: string }
  | { readonly kind: "unusable"; readonly detail: string };

/** Maximum length of a status in characters: it is one line of `systemctl status`. */
const STATUS_LENGTH_MAX = 300;

/** Reads the destination from NOTIFY_SOCKET. */
export function notifyTarget(env: Readonly<Record<string, string>>): NotifyTarget {
  const socket = env["NOTIFY_SOCKET"] ?? "";
  if (socket === "") return { kind: "none" };
  if (socket.startsWith("/")) return { kind: "path", path: socket };
  const detail = socket.startsWith("@")
    ? `NOTIFY_SOCKET is ${socket}: Deno cannot send to a socket in the abstract namespace`
    : `NOTIFY_SOCKET is ${socket}: expected an absolute path`;
  return { kind: "unusable", detail };
}

/**
 * Share of the watchdog timeout between two notifications. sd_watchdog_enabled(3)
 * recommends a half; with less, one late notification does not end the service.
 */
const WATCHDOG_SHARE = 0.3;

/**
 * The interval of watchdog notifications: 3 s with WatchdogSec=10.
 *
 * @returns ms, at least 1; null if there is no watchdog or it is for another process.
 */
export function watchdogEveryMs(
  env: Readonly<Record<string, string>>,
  pid: number,
): number | null {
  const text = env["WATCHDOG_USEC"] ?? "";
  if (!/^\d{1,15}$/.test(text)) return null;
  const owner = env["WATCHDOG_PID"] ?? "";
  if (owner !== "" && owner !== String(pid)) return null;
  const usec = Number(text);
  return usec === 0 ? null : Math.max(1, Math.floor(usec / 1_000 * WATCHDOG_SHARE));
}

/** The first folder of RUNTIME_DIRECTORY; systemd separates several with colons. */
export function runtimeFolder(
  env: Readonly<Record<string, string>>,
): string | undefined {
  const [first = ""] = (env["RUNTIME_DIRECTORY"] ?? "").split(":");
  return first.startsWith("/") ? first : undefined;
}

/** A status as one line without control characters, cut to the maximum length. */
export function statusLine(text: string): string {
  const line = text.replaceAll(/\p{Cc}+/gu, " ").trim();
  return line.length > STATUS_LENGTH_MAX
    ? `${line.slice(0, STATUS_LENGTH_MAX)}…`
    : line;
}

/** Writes assignments as one message: `READY=1\nSTATUS=…`. */
export function notifyMessage(fields: Readonly<Record<string, string>>): string {
  return Object.entries(fields).map(([name, value]) => `${name}=${value}`).join("\n");
}
