import { ok, strictEqual } from "node:assert/strict";
import { parseConfig } from "../../config/check/parse.ts";
import { findBufferSizeFaults, leastMaxBytesOf } from "./buffer_size.ts";

function configOf(devices: number, maxBytes: string, rest = "") {
  const tables = Array.from(
    { length: devices },
    (_, at) => `[[devices]]\nid = "d${at}"\nhost = "10.0.0.${1 + at}"\n${rest}\n`,
  );
  const text = `[gateway]\nid = "gw"\n[buffer]\nmax_bytes = "${maxBytes}"\n` +
    `[uplink]\nkind = "files"\n${tables.join("")}`;
  const parsed = parseConfig({ text, file: "c.toml", env: {}, hostName: "h" });
  ok(parsed.ok);
  return parsed.value.config;
}

Deno.test("the least max_bytes increases with devices and with published models", () => {
  const sizes = [0, 1, 7, 20, 100].map((count) =>
    leastMaxBytesOf(configOf(count, "1GiB"))
  );
  strictEqual(sizes[0], 512 * 1024);
  ok(sizes.every((size, at) => at === 0 || size >= (sizes[at - 1] ?? 0)));
  ok((sizes.at(-1) ?? 0) < 8 * 2 ** 20, `${sizes.at(-1)} bytes for 100 devices`);
  const models = configOf(7, "1GiB", 'publish = ["models"]');
  ok(leastMaxBytesOf(models) > (sizes[2] ?? 0));
});

Deno.test("a smaller max_bytes is a fault that states the least", () => {
  strictEqual(findBufferSizeFaults(configOf(7, "512KiB")).length, 0);
  const [fault] = findBufferSizeFaults(configOf(20, "512KiB"));
  strictEqual(fault?.path.join("."), "buffer.max_bytes");
  strictEqual(fault?.found, "512KiB");
  ok(fault?.wanted.startsWith("at least 704KiB"), fault?.wanted);
});
