import { deepStrictEqual, match } from "node:assert/strict";
import abortSignal from "./abort_signal_lint.ts";
import { ADAPTERS } from "./adapters.ts";
import adapters from "./adapters_lint.ts";
import functionLength, { LINES_MAX } from "./function_length_lint.ts";
import { LONG_FUNCTIONS } from "./long_functions.ts";

function lint(plugin: Deno.lint.Plugin, path: string, code: string): string[] {
  return Deno.lint.runPlugin(plugin, `/project/${path}`, code)
    .map(({ message }) => message);
}

const [ADAPTER = ""] = ADAPTERS;

Deno.test("effects-in-adapters reports each effect of a file that is not an adapter", () => {
  const code = `
import { join } from "node:path";
import { x } from "./x.ts";
export const now = Date.now();
setTimeout(() => Deno.exit(1), Math.max(1, 2));
`;
  deepStrictEqual(lint(adapters, "src/base/a.ts", code).sort(), [
    "src/base/a.ts is not an adapter but calls setTimeout()",
    "src/base/a.ts is not an adapter but imports node:path",
    "src/base/a.ts is not an adapter but uses Date.now",
    "src/base/a.ts is not an adapter but uses Deno.exit",
  ]);
  for (
    const path of [
      ADAPTER,
      "src/cli/a.ts",
      "src/base/a_test.ts",
      "scripts/a.ts",
      "main.ts",
    ]
  ) deepStrictEqual(lint(adapters, path, code), []);
});

Deno.test("effects-in-adapters reports a listed adapter that uses no effect", () => {
  match(lint(adapters, ADAPTER, "export const x = 1;\n").join(), /uses no effect$/);
});

Deno.test("function-length reports a function above the limit by its name", () => {
  const lines = (count: number): string => "\n".repeat(count - 1);
  for (
    const code of [
      `export function long() {${lines(LINES_MAX + 1)}}`,
      `export const long = () => {${lines(LINES_MAX + 1)}};`,
      `export const a = { long() {${lines(LINES_MAX + 1)}} };`,
    ]
  ) {
    match(
      lint(functionLength, "src/base/a.ts", code).join(),
      /^long\(\) has 101 lines/,
    );
    deepStrictEqual(lint(functionLength, "src/base/a_test.ts", code), []);
  }
  deepStrictEqual(
    lint(functionLength, "src/base/a.ts", `function short() {${lines(LINES_MAX)}}`),
    [],
  );
});

Deno.test("function-length exempts the listed functions while they are long", () => {
  for (const [path, name] of LONG_FUNCTIONS) {
    const others = LONG_FUNCTIONS.filter(([file, each]) =>
      file === path && each !== name
    )
      .map(([, each]) => `function ${each}() {${"\n".repeat(LINES_MAX)}}`);
    const code = (body: string): string =>
      [...others, `function ${name}() {${body}}`].join("\n");
    deepStrictEqual(lint(functionLength, path, code("\n".repeat(LINES_MAX))), []);
    match(lint(functionLength, path, code("")).join(), /at most 100 lines/);
  }
});

Deno.test("no-abort-signal-any reports AbortSignal.any in src only", () => {
  for (
    const call of [
      "AbortSignal.any([])",
      'AbortSignal["any"]([])',
      "globalThis.AbortSignal.any([])",
    ]
  ) {
    const code = `export const signal = ${call};\n`;
    deepStrictEqual(lint(abortSignal, "src/cli/a.ts", code), [
      "src/cli/a.ts uses AbortSignal.any, which leaks memory on Deno 2.6.10",
    ]);
    deepStrictEqual(lint(abortSignal, "scripts/a.ts", code), []);
  }
  const allowed = "AbortSignal.abort(); Promise.any([]); any.AbortSignal;\n";
  deepStrictEqual(lint(abortSignal, "src/cli/a.ts", allowed), []);
});
