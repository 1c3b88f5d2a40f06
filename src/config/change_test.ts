import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { Secret } from "../base/secret.ts";
import { compareConfigs } from "./change.ts";
import type { LoadedConfig } from "./source/load.ts";
import { parseConfig } from "./check/parse.ts";

const FILE = `
[gateway]
id = "gw"
[buffer]
path = "/q.db"
[uplink]
kind = "kafka"
brokers = ["a:9092"]
[uplink.topics]
meter = "m"
[[devices]]
host = "10.0.0.1"
`;

function load(text: string, key = "k"): LoadedConfig {
  const parsed = parseConfig({ text, file: "plant.toml", env: {}, hostName: "host" });
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.fault));
  return {
    ...parsed.value,
    quirkRules: [],
    credentials: { ca: null, cert: null, key: new Secret(key), saslPassword: null },
  };
}

Deno.test("compareConfigs() finds no change between two loads of one file", () => {
  const { followed, kept, restartsUplink } = compareConfigs(
    load(FILE),
    load(FILE),
  );
  deepStrictEqual({ followed, kept, restartsUplink }, {
    followed: [],
    kept: [],
    restartsUplink: false,
  });
});

Deno.test("compareConfigs() applies what it can and keeps the old value of the rest", () => {
  const wanted = load(
    FILE.replace('"gw"', '"other"').replace('"/q.db"', '"/r.db"\nmax_rows = 7')
      .replace("10.0.0.1", "10.0.0.2").replace('"m"', '"n"'),
  );
  const { loaded, followed, kept, restartsUplink } = compareConfigs(
    load(FILE),
    wanted,
  );
  deepStrictEqual(kept, ["gateway.id", "buffer.path"]);
  deepStrictEqual(followed, ["buffer.max_rows", "uplink.topics.meter", "devices"]);
  strictEqual(restartsUplink, false); // topics are looked up for each row
  const { gateway, buffer, uplink, devices } = loaded.config;
  deepStrictEqual(
    [gateway.id, buffer.path, buffer.max_rows, uplink.topics.meter, devices[0]?.host],
    ["gw", "/q.db", 7, "n", "10.0.0.2"],
  );
  // A kept path is reported again at the next comparison.
  deepStrictEqual(compareConfigs(loaded, wanted).kept, kept);
});

Deno.test("compareConfigs() restarts the uplink for new brokers and for a new key in the same file", () => {
  const old = load(FILE);
  ok(compareConfigs(old, load(FILE.replace("a:9092", "b:9092"))).restartsUplink);
  const { followed, restartsUplink } = compareConfigs(
    old,
    load(FILE, "another"),
  );
  deepStrictEqual(followed, ["uplink.key_file"]);
  ok(restartsUplink);
});
