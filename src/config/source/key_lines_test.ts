import { deepStrictEqual, strictEqual } from "node:assert/strict";
import fc from "fast-check";
import { indexLines } from "./key_lines.ts";
import type { ConfigPath } from "../check/problem.ts";
import { parseToml } from "./toml.ts";
import { isTable, type TomlValue } from "./toml_tree.ts";

Deno.test("indexLines() has a line for every value that the parser finds", () => {
  fc.assert(
    fc.property(anyDocument(), (document) => {
      const parsed = parseToml(document.text);
      strictEqual(parsed.ok, true, `not TOML: ${document.text}`);
      if (!parsed.ok) return;
      const index = indexLines(document.text);
      for (const [path, value] of leaves(parsed.value, [])) {
        const line = index.lineOf(path);
        strictEqual(typeof line, "number", `no line for ${JSON.stringify(path)}`);
        const mark = typeof value === "bigint" ? document.lines.get(value) : undefined;
        if (mark !== undefined) strictEqual(line, mark, JSON.stringify(path));
      }
    }),
    { numRuns: 500 },
  );
});

Deno.test("indexLines() returns for any text", () => {
  const piece = fc.constantFrom(
    ..."[]{}=,.#'\"\\\n\r\t ab1".split(""),
    '"""',
    "'''",
    "[[",
    "]]",
    "a = ",
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 60 }), (pieces) => {
      indexLines(pieces.join("")).nearestLine(["a", 0, "b"]);
    }),
    { numRuns: 3_000 },
  );
});

Deno.test("indexLines() handles strings, comments and inline tables", () => {
  const text = `# [no] = 1
a = """
[not]
b = 1""" # c = 2
'quoted "key"' = '''
x = 1'''
"\\u0061b" = [ # a list
  1, [2,
  3], { in = 4,
  "line.s" = 5 },
]
d . e = { f = { g = 1 } }
[t."u.v"]
w = 2026-01-01T00:00:00Z
[[t."u.v".list]]
[[t."u.v".list]]
z = ""
[t."u.v".list.sub]
y = 1
`;
  const index = indexLines(`\uFEFF${text}`);
  const lines = (paths: ConfigPath[]): unknown[] => paths.map(index.lineOf);
  deepStrictEqual(
    lines([["a"], ['quoted "key"'], ["ab"], ["ab", 0], ["ab", 1, 1], ["ab", 2, "in"]]),
    [2, 5, 7, 8, 9, 9],
  );
  deepStrictEqual(
    lines([["ab", 2, "line.s"], ["d", "e", "f", "g"], ["t", "u.v", "w"]]),
    [10, 12, 14],
  );
  const list = ["t", "u.v", "list"];
  deepStrictEqual(
    lines([[...list, 0], [...list, 1], [...list, 1, "z"], [...list, 1, "sub", "y"]]),
    [15, 16, 17, 19],
  );
  deepStrictEqual(
    lines([["not"], ["b"], ["c"], ["no"], ["x"]]),
    Array(5).fill(undefined),
  );
});

/** A TOML text in which every integer is different, and the line of each. */
interface Document {
  readonly text: string;
  readonly lines: ReadonlyMap<bigint, number>;
}

function anyDocument(): fc.Arbitrary<Document> {
  const key = fc.constantFrom("a", "b-1", '"c d"', "'e.f'", '"\\u0067"', "h_", '"#"');
  const filler = fc.constantFrom("", "# c = 1 ]", "\n", "  # [x]\r\n");
  const scalar = fc.constantFrom(
    "N",
    '"a # \\" ] = \\\\"',
    "'\\'",
    '"""\n[x]\n""y = 1 """""',
    "'''\n# '''",
    "1.5e3",
    "2026-11-23 07:32:00",
    "true",
    "inf",
  );
  const { value } = fc.letrec((tie) => ({
    value: fc.oneof(
      { depthSize: "small", withCrossShrink: true },
      scalar,
      fc.array(fc.tuple(filler, tie("value")), { maxLength: 3 }).map((items) =>
        `[${items.map(([gap, item]) => `${gap}\n${item}`).join(",")}\n]`
      ),
      fc.uniqueArray(fc.tuple(key, tie("value")), {
        maxLength: 3,
        selector: ([name]) => name,
      }).map((items) => `{ ${items.map(([name, v]) => `${name} = ${v}`).join(", ")} }`),
    ),
  }));
  const line = fc.tuple(fc.nat(), key, key, value as fc.Arbitrary<string>, filler);
  return fc.array(line, { maxLength: 12 }).map((rows) => {
    const texts = rows.map(([choice, first, second, item, gap], at) => {
      if (choice % 5 === 0) return `[[list.${first}]] # [[no]]\n${gap}`;
      if (choice % 7 === 0) return `[t${at}.${first}]\n${gap}`;
      if (choice % 3 === 0) return `k${at}.${first} . ${second} = ${item}\n${gap}`;
      return `\tk${at} = ${item} ${gap.startsWith("#") ? gap : ""}`;
    });
    let number = 0;
    const text = `${texts.join("\n")}\n`.replaceAll("N", () => `${1_000 + number++}`);
    const lines = new Map<bigint, number>();
    for (const [at, content] of text.split("\n").entries()) {
      for (const [found] of content.matchAll(/\b1\d{3}\b/g)) {
        lines.set(BigInt(found), at + 1);
      }
    }
    return { text, lines };
  });
}

function* leaves(
  value: TomlValue,
  path: ConfigPath,
): Generator<readonly [ConfigPath, TomlValue]> {
  if (path.length > 0) yield [path, value];
  const inner = Array.isArray(value)
    ? value.entries()
    : isTable(value)
    ? Object.entries(value)
    : [];
  for (const [key, item] of inner) yield* leaves(item, [...path, key]);
}
