/**
 * What is said to the service manager, and where: sd_notify(3) and
 * sd_watchdog_enabled(3) of systemd. Pure.
 *
 * @module
 */

/** Where to send to. */
export type NotifyTarget =
  | { readonly is: "none" }
  | { readonly is: "path"; readonly path: string }
  | { readonly is: "unusable"; readonly detail: string };

/** The longest status, in characters: it is one line of `systemctl status`. */
const STATUS_LENGTH_MAX = 300;

/** Reads NOTIFY_SOCKET. */
export function notifyTarget(env: Readonly<Record<string, string>>): NotifyTarget {
  const socket = env["NOTIFY_SOCKET"] ?? "";
  if (socket === "") return { is: "none" };
  if (socket.startsWith("/")) return { is: "path", path: socket };
  const detail = socket.startsWith("@")
    ? `NOTIFY_SOCKET is ${socket}: Deno cannot send to a socket in the abstract namespace`
    : `NOTIFY_SOCKET is ${socket}: that is no absolute path`;
  return { is: "unusable", detail };
}

/** Half of the time is what sd_watchdog_enabled(3) asks for; with less, one that comes late does not kill. */
const WATCHDOG_SHARE = 0.3;

/**
 * How often the watchdog is fed: each 3 s of a WatchdogSec=10.
 *
 * @returns ms, at least 1; null if there is no watchdog, or it is another process's.
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

/** The first folder of RUNTIME_DIRECTORY, if there is one: systemd joins several by colons. */
export function runtimeFolder(
  env: Readonly<Record<string, string>>,
): string | undefined {
  const [first = ""] = (env["RUNTIME_DIRECTORY"] ?? "").split(":");
  return first.startsWith("/") ? first : undefined;
}

/** A status as it may be sent: one line, not too long, nothing unseen in it. */
export function statusLine(text: string): string {
  const line = text.replaceAll(/\p{Cc}+/gu, " ").trim();
  return line.length > STATUS_LENGTH_MAX
    ? `${line.slice(0, STATUS_LENGTH_MAX)}…`
    : line;
}

/** Joins assignments to one message: `READY=1\nSTATUS=…`. */
export function notifyMessage(fields: Readonly<Record<string, string>>): string {
  return Object.entries(fields).map(([name, value]) => `${name}=${value}`).join("\n");
}
