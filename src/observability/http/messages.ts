/**
 * The subset of HTTP/1.1 (RFC 9112) that a scraper and curl need: one GET or HEAD
 * per connection, without a body. Pure.
 *
 * @module
 */

/** A valid request. */
export interface HttpRequest {
  readonly method: "GET" | "HEAD";
  /** Without query and fragment. */
  readonly path: string;
}

/** A response. */
export interface HttpResponse {
  readonly status: number;
  readonly type:
    | "application/json"
    | "text/plain; charset=utf-8"
    | typeof PROMETHEUS_CONTENT_TYPE;
  readonly body: string;
}

/** Content type of the Prometheus text exposition format 0.0.4. */
export const PROMETHEUS_CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8";

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

/** A plain text response; a line end is added. */
export function textResponse(status: number, text: string): HttpResponse {
  return { status, type: "text/plain; charset=utf-8", body: `${text}\n` };
}

/** A JSON response. */
export function jsonResponse(status: number, value: unknown): HttpResponse {
  return { status, type: "application/json", body: `${JSON.stringify(value)}\n` };
}

/**
 * Parses the head of a request: everything before the empty line.
 *
 * @param anyHost true to accept a DNS name as Host. It must be false on a loopback
 * address: a web page in a browser on this machine could otherwise reach the server
 * through a DNS name of its own that resolves to 127.0.0.1 (DNS rebinding).
 * @returns the request, or the response that rejects it.
 */
export function parseRequestHead(
  head: string,
  anyHost: boolean,
): HttpRequest | HttpResponse {
  const [line = "", ...headers] = head.split(/\r?\n/);
  const [, method, target, minor] =
    /^([!#$%&'*+.^_`|~0-9A-Za-z-]{1,32}) (\S+) HTTP\/1\.([01])$/.exec(line) ?? [];
  if (method === undefined || target === undefined) {
    return textResponse(400, "Not an HTTP/1 request");
  }
  const hosts = headers.flatMap((header) => {
    const [, value] = /^host:[ \t]*(.*?)[ \t]*$/i.exec(header) ?? [];
    return value === undefined ? [] : [value];
  });
  if (hosts.length > 1 || (hosts.length === 0 && minor === "1")) {
    return textResponse(400, "A request needs exactly one Host header");
  }
  const [host] = hosts;
  if (host !== undefined && !anyHost && !isLoopbackHost(host)) {
    return textResponse(
      421,
      "Unknown Host. Use 127.0.0.1, [::1] or localhost",
    );
  }
  if (method !== "GET" && method !== "HEAD") {
    return textResponse(405, "Method not allowed. Use GET or HEAD");
  }
  const [path = ""] = target.replace(/^http:\/\/[^/]*/i, "").split(/[?#]/);
  return { method, path: path === "" ? "/" : path };
}

/** Whether a Host is a loopback address or `localhost`, which a foreign DNS name cannot be. */
function isLoopbackHost(host: string): boolean {
  const name = host.replace(/:\d{1,5}$/, "").toLowerCase();
  return name === "localhost" || name === "[::1]" ||
    /^127(?:\.\d{1,3}){3}$/.test(name);
}

/** The response as bytes; without its body for HEAD. */
export function serialiseResponse(
  { status, type, body }: HttpResponse,
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
