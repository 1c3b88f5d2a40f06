/**
 * As much of HTTP/1.1 (RFC 9112) as a scraper and a person with curl need: one
 * GET or HEAD a connection, no body. Pure.
 *
 * @module
 */

/** A request that is answered. */
export interface HttpRequest {
  readonly method: "GET" | "HEAD";
  /** Without query and fragment. */
  readonly path: string;
}

/** An answer. */
export interface HttpAnswer {
  readonly status: number;
  readonly type: "application/json" | "text/plain; charset=utf-8" | typeof PROMETHEUS;
  readonly body: string;
}

/** What Prometheus calls its text (exposition format 0.0.4). */
export const PROMETHEUS = "text/plain; version=0.0.4; charset=utf-8";

const PHRASES: Readonly<Record<number, string>> = {
  200: "OK",
  400: "Bad Request",
  404: "Not Found",
  405: "Method Not Allowed",
  408: "Request Timeout",
  421: "Misdirected Request",
  431: "Request Header Fields Too Large",
  500: "Internal Server Error",
  503: "Service Unavailable",
};

/** Text for people, ended by a line end. */
export function textAnswer(status: number, text: string): HttpAnswer {
  return { status, type: "text/plain; charset=utf-8", body: `${text}\n` };
}

/** One JSON value. */
export function jsonAnswer(status: number, value: unknown): HttpAnswer {
  return { status, type: "application/json", body: `${JSON.stringify(value)}\n` };
}

/**
 * Reads a request's head: everything before its empty line.
 *
 * @param anyHost whether a Host that is a DNS name is taken. At a loopback
 * address it is not: a page in a browser on this machine could reach us by a
 * name of its own that it points at 127.0.0.1 (DNS rebinding).
 * @returns the request, or the answer that refuses it.
 */
export function readHead(head: string, anyHost: boolean): HttpRequest | HttpAnswer {
  const [line = "", ...headers] = head.split(/\r?\n/);
  const [, method, target, minor] =
    /^([!#$%&'*+.^_`|~0-9A-Za-z-]{1,32}) (\S+) HTTP\/1\.([01])$/.exec(line) ?? [];
  if (method === undefined || target === undefined) {
    return textAnswer(400, "This is no HTTP/1 request");
  }
  const hosts = headers.flatMap((header) => {
    const [, value] = /^host:[ \t]*(.*?)[ \t]*$/i.exec(header) ?? [];
    return value === undefined ? [] : [value];
  });
  if (hosts.length > 1 || (hosts.length === 0 && minor === "1")) {
    return textAnswer(400, "A request has one Host");
  }
  const [host] = hosts;
  if (host !== undefined && !anyHost && !isLoopbackHost(host)) {
    return textAnswer(
      421,
      "Ask for 127.0.0.1, [::1] or localhost: other names are not answered here",
    );
  }
  if (method !== "GET" && method !== "HEAD") {
    return textAnswer(405, "Only GET and HEAD are answered here");
  }
  const [path = ""] = target.replace(/^http:\/\/[^/]*/i, "").split(/[?#]/);
  return { method, path: path === "" ? "/" : path };
}

/** Whether a Host names this machine by what no foreign page can claim. */
function isLoopbackHost(host: string): boolean {
  const name = host.replace(/:\d{1,5}$/, "").toLowerCase();
  return name === "localhost" || name === "[::1]" ||
    /^127(?:\.\d{1,3}){3}$/.test(name);
}

/** The whole answer as it goes over the wire; to HEAD without its body. */
export function writeAnswer(
  { status, type, body }: HttpAnswer,
  method: "GET" | "HEAD",
): Uint8Array {
  const encoder = new TextEncoder();
  const bytes = encoder.encode(body);
  const head = [
    `HTTP/1.1 ${status} ${PHRASES[status] ?? "Unknown"}`,
    `Content-Type: ${type}`,
    `Content-Length: ${bytes.length}`,
    ...(status === 405 ? ["Allow: GET, HEAD"] : []),
    "Cache-Control: no-store",
    "X-Content-Type-Options: nosniff",
    "Connection: close",
  ];
  const start = encoder.encode(`${head.join("\r\n")}\r\n\r\n`);
  if (method === "HEAD") return start;
  const whole = new Uint8Array(start.length + bytes.length);
  whole.set(start);
  whole.set(bytes, start.length);
  return whole;
}
