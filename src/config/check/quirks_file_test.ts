import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import fc from "fast-check";
import { describeProblem } from "./problem.ts";
import { parseQuirksFile } from "./quirks_file.ts";

const TOML = `# quirks of a plant
[[quirks]]
manufacturer = "Example Works"
model = "EX-*"
registers_per_read_max = 64
gap_ms = 20

[[quirks]]
manufacturer = "Other"
reads_across_models = false
`;

function faultsOf(text: string, file = "q.toml"): string[] {
  const parsed = parseQuirksFile(text, file);
  return parsed.ok ? [] : parsed.fault.map(describeProblem);
}

Deno.test("parseQuirksFile() reads the same rules from TOML and from JSON", () => {
  const json = JSON.stringify({
    quirks: [
      {
        manufacturer: "Example Works",
        model: "EX-*",
        registers_per_read_max: 64,
        gap_ms: 20,
      },
      { manufacturer: "Other", reads_across_models: false },
    ],
  });
  const fromToml = parseQuirksFile(TOML, "q.toml");
  deepStrictEqual(parseQuirksFile(json, "q.JSON"), fromToml);
  ok(fromToml.ok);
  strictEqual(fromToml.value[0]?.registers_per_read_max, 64);
  strictEqual(fromToml.value[1]?.gap_ms, null);
  deepStrictEqual(parseQuirksFile("", "q.toml"), { ok: true, value: [] });
});

Deno.test("parseQuirksFile() reports each fault with its file, line and expected value", () => {
  const faults = faultsOf(`${TOML}gap = 5

[[quirks]]
gap_ms = 99999

[[quirks]]
model = "X"

[[quirks]]
units_share_serial = true
`);
  deepStrictEqual(faults.map((line) => line.split(":").slice(0, 3).join(":")), [
    "q.toml:11: quirks[1].gap",
    "q.toml:14: quirks[2].gap_ms",
  ]);
  ok(faults[1]?.includes("found 99999, expected an integer from 0 to 10000 ms"));
  const rules = faultsOf('[[quirks]]\nmodel = "X"\n\n[[quirks]]\ngap_ms = 0\n');
  deepStrictEqual(rules.map((line) => line.split(", expected")[0]), [
    "q.toml:1: quirks[0]: found a rule that sets nothing",
    "q.toml:4: quirks[1]: found a rule that matches no device",
  ]);
});

Deno.test("parseQuirksFile() reports invalid TOML and JSON with its line", () => {
  ok(faultsOf("[[quirks]]\nmodel = \n")[0]?.startsWith("q.toml:2: invalid TOML"));
  ok(
    faultsOf('{"quirks":\n[1 2]}', "q.json")[0]?.startsWith("q.json:2: invalid JSON"),
  );
  ok(faultsOf('{\n"quirks": [\n}', "q.json")[0]?.startsWith("q.json: invalid JSON"));
  ok(faultsOf("[]", "q.json")[0]?.includes("not an object"));
  ok(faultsOf('{"quirks": [{"model": null, "gap_ms": 1}]}', "q.json").length === 0);
});

Deno.test("parseQuirksFile() never throws", () => {
  fc.assert(fc.property(fc.string(), fc.json(), (any, json) => {
    parseQuirksFile(any, "q.toml");
    parseQuirksFile(any, "q.json");
    parseQuirksFile(json, "q.json");
  }));
});
