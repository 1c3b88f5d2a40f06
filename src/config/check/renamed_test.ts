import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { nodeAt } from "../schema/schema_tree.ts";
import { parseConfig, type ParsedConfig } from "./parse.ts";
import { type ConfigProblem, describeProblem } from "./problem.ts";
import { RENAMED, type Renamed } from "./renamed.ts";

const OLD_NAMES: readonly Renamed[] = [
  { from: ["buffer", "file"], to: ["buffer", "path"], since: "0.2.0" },
  { from: ["devices", "unit"], to: ["devices", "unit_ids"], since: "0.2.0" },
  { from: ["uplink", "folder"], to: ["uplink", "files", "path"], since: "0.2.0" },
];

const OLD_FILE = `[gateway]
id = "gw"
[buffer]
file = "/a.db"
[uplink]
folder = "/records"
[[devices]]
host = "10.0.0.1"
[[devices]]
host = "10.0.0.2"
unit = [3]
`;

function parse(
  text: string,
  env: Readonly<Record<string, string>> = {},
): { readonly parsed?: ParsedConfig; readonly problems: readonly ConfigProblem[] } {
  const parsed = parseConfig({
    text,
    file: "plant.toml",
    env,
    hostName: "host",
    renamed: OLD_NAMES,
  });
  return parsed.ok
    ? { parsed: parsed.value, problems: parsed.value.warnings }
    : { problems: parsed.fault };
}

Deno.test("old names work in the file, with a warning that names the new one and the line", () => {
  const { parsed, problems } = parse(OLD_FILE);
  strictEqual(parsed?.config.buffer.path, "/a.db");
  strictEqual(parsed?.config.uplink.files.path, "/records");
  deepStrictEqual(parsed?.config.devices.map((device) => device.unit_ids), [[1], [3]]);
  deepStrictEqual(
    problems.map(describeProblem),
    [
      ["4: warning: buffer.file", "buffer.path"],
      ["6: warning: uplink.folder", "uplink.files.path"],
      ["11: warning: devices[1].unit", "devices[1].unit_ids"],
    ].map(([where, wanted]) =>
      `plant.toml:${where}: found an old name, wanted ${wanted} ` +
      "(renamed in version 0.2.0; the old name works in this release only)"
    ),
  );
});

Deno.test("a value under an old name is checked as under the new one, and the fault says its line", () => {
  const { parsed, problems } = parse(OLD_FILE.replace("[3]", "[300]"));
  strictEqual(parsed, undefined);
  const [fault] = problems.filter(({ severity }) => severity === "error");
  deepStrictEqual([fault?.line, fault?.path], [11, "devices[1].unit_ids[0]"]);
});

Deno.test("beside the new name the old one counts for nothing", () => {
  const { parsed, problems } = parse(
    OLD_FILE.replace("[buffer]", '[buffer]\npath = "/b.db"'),
  );
  strictEqual(parsed?.config.buffer.path, "/b.db");
  ok(problems.some(({ found }) => found.includes("beside the new one")));
});

Deno.test("old names work in the environment", () => {
  const { parsed, problems } = parse(OLD_FILE.replace("unit = [3]", ""), {
    ["SUNSPEC_COLLECTOR__BUFFER__FILE"]: "/c.db",
    ["SUNSPEC_COLLECTOR__DEVICES__0__UNIT"]: "7,8",
  });
  strictEqual(parsed?.config.buffer.path, "/c.db");
  deepStrictEqual(parsed?.config.devices[0]?.unit_ids, [7, 8]);
  const { wanted } = problems.find(({ variable }) => variable?.endsWith("UNIT")) ?? {};
  strictEqual(wanted, "SUNSPEC_COLLECTOR__DEVICES__0__UNIT_IDS");
});

Deno.test("every key that was renamed exists under its new name, and no longer under its old one", () => {
  const exists = (path: readonly string[]): boolean =>
    nodeAt(path.flatMap((key) => key === "devices" ? [key, 0] : [key])) !== undefined;
  for (const { from, to } of RENAMED) {
    ok(exists(to), to.join("."));
    ok(!exists(from), from.join("."));
  }
});
