import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import fc from "fast-check";
import { parseRequestHead, serialiseResponse, textResponse } from "./messages.ts";

Deno.test("parseRequestHead() returns a request or an error response for any text", () => {
  const likely = fc.tuple(
    fc.constantFrom("GET", "HEAD", "POST", "get", ""),
    fc.constantFrom("/", "/status", "*", "http://a/b?c", ""),
    fc.constantFrom("HTTP/1.1", "HTTP/1.0", "HTTP/2", ""),
    fc.array(
      fc.constantFrom("Host: localhost", "Host: evil", "host:\t127.0.0.1:9464 ", "X"),
    ),
  ).map(([method, target, version, headers]) =>
    [`${method} ${target} ${version}`, ...headers].join("\r\n")
  );
  fc.assert(
    fc.property(fc.oneof(fc.string(), likely), fc.boolean(), (head, anyHost) => {
      const read = parseRequestHead(head, anyHost);
      if ("status" in read) ok(read.status >= 400 && read.body.endsWith("\n"));
      else ok(read.path !== "");
    }),
  );
});

Deno.test("parseRequestHead() accepts GET and HEAD and keeps only the path", () => {
  deepStrictEqual(
    parseRequestHead("GET /status?x=1 HTTP/1.1\r\nHost: localhost:9464", false),
    {
      method: "GET",
      path: "/status",
    },
  );
  deepStrictEqual(
    parseRequestHead("HEAD http://127.0.0.1/a#b HTTP/1.1\r\nhost: 127.0.0.1", false),
    {
      method: "HEAD",
      path: "/a",
    },
  );
  deepStrictEqual(parseRequestHead("GET / HTTP/1.0", false), {
    method: "GET",
    path: "/",
  });
});

Deno.test("parseRequestHead() rejects on a loopback address every Host that a foreign page could have", () => {
  const statusFor = (host: string, anyHost: boolean): number => {
    const read = parseRequestHead(`GET / HTTP/1.1\r\nHost: ${host}`, anyHost);
    return "status" in read ? read.status : 200;
  };
  for (const host of ["localhost", "LOCALHOST:9464", "127.0.0.1:1", "[::1]:9464"]) {
    strictEqual(statusFor(host, false), 200, host);
  }
  for (
    const host of [
      "evil.example",
      "127.0.0.1.evil.example",
      "10.0.0.1",
      "localhost.",
      "",
    ]
  ) {
    strictEqual(statusFor(host, false), 421, host);
    strictEqual(statusFor(host, true), 200, host);
  }
  const two = parseRequestHead(
    "GET / HTTP/1.1\r\nHost: localhost\r\nHost: evil",
    false,
  );
  strictEqual("status" in two && two.status, 400);
});

Deno.test("serialiseResponse() writes the length of the body and omits the body for HEAD", () => {
  const response = textResponse(503, "grün");
  const [whole = "", body] = new TextDecoder().decode(
    serialiseResponse(response, "GET"),
  )
    .split("\r\n\r\n");
  ok(whole.startsWith("HTTP/1.1 503 Service Unavailable\r\n"));
  ok(whole.includes("\r\nContent-Length: 6\r\n"));
  strictEqual(body, "grün\n");
  strictEqual(
    new TextDecoder().decode(serialiseResponse(response, "HEAD")),
    `${whole}\r\n\r\n`,
  );
});
