import { deepStrictEqual, match, ok, strictEqual } from "node:assert/strict";
import {
  argument,
  argumentList,
  type Command,
  declareCommand,
  flagOption,
  option,
  optionalArgument,
  optionWithDefault,
  requiredOption,
  TEXT,
} from "./command.ts";
import { COMMANDS } from "../commands.ts";
import { EXIT } from "./exit_codes.ts";
import { runCommandLine } from "./command_line.ts";
import type { TextSink } from "./io.ts";
import { choiceOf, wholeNumber } from "./option_values.ts";

/** A command with a parameter of each kind, and the values of its runs. */
function commandWithEveryKind(): { command: Command; calls: unknown[] } {
  const calls: unknown[] = [];
  const command = declareCommand({
    name: "try",
    summary: "Take one of each",
    details: ["A paragraph."],
    parameters: {
      host: argument("<HOST>", "The first", TEXT),
      files: argumentList("[FILE...]", "The rest", TEXT),
      unitId: optionWithDefault("--unit <N>", "A number", {
        parse: wholeNumber(0, 255),
      }, 1),
      kind: option("-k, --kind <KIND>", "A word", choiceOf("one", "two")),
      config: requiredOption("--config <FILE>", "Required", TEXT),
      json: flagOption("--json", "As JSON"),
    },
    examples: ["try a --config b"],
    exits: { ok: "Tried", unavailable: "No response" },
    run(values) {
      calls.push(values);
      return Promise.resolve(EXIT.unavailable);
    },
  });
  return { command, calls };
}

async function call(args: readonly string[], command: Command, width = 80) {
  const written = { out: "", err: "" };
  const sink = (key: "out" | "err"): TextSink => ({
    isTerminal: false,
    width,
    height: 24,
    write: (text) => void (written[key] += text),
  });
  const { signal } = new AbortController();
  const io = {
    stdout: sink("out"),
    stderr: sink("err"),
    env: {},
    signal,
    forceSignal: signal,
  };
  return { code: await runCommandLine(args, io, [command]), ...written };
}

Deno.test("runCommandLine() passes a value for every declared parameter", async () => {
  const { command, calls } = commandWithEveryKind();
  strictEqual((await call(["try", "a", "--config", "c"], command)).code, 69);
  const all = "try a x y --unit 7 -k two --config c --json".split(" ");
  strictEqual((await call(all, command)).code, 69);
  deepStrictEqual(calls, [
    { host: "a", files: [], unitId: 1, kind: null, config: "c", json: false },
    { host: "a", files: ["x", "y"], unitId: 7, kind: "two", config: "c", json: true },
  ]);
});

Deno.test("runCommandLine() reports a usage error and does not run the command", async () => {
  const { command, calls } = commandWithEveryKind();
  for (
    const [line, message] of [
      ["try", /missing required argument 'HOST'/],
      ["try a", /option '--config <FILE>' is missing/],
      ["try a --confg b", /Did you mean --config\?/],
      ["try a --config b --kind three", /It must be one or two\./],
      ["try a --config b --unit", /argument missing/],
    ] as const
  ) {
    const { code, out, err } = await call(line.split(" "), command);
    deepStrictEqual([code, out], [2, ""], line);
    match(err, message);
    match(err, /\(sunspec-collector try --help shows its usage\)/);
  }
  deepStrictEqual(calls, []);
});

Deno.test("an argument is optional or a list, which may require one item", async () => {
  const calls: unknown[] = [];
  const make = (parameters: Parameters<typeof declareCommand>[0]["parameters"]) =>
    declareCommand({
      ...commandWithEveryKind().command,
      parameters,
      run: (values) => Promise.resolve(calls.push(values) && 0),
    });
  const name = make({ name: optionalArgument("[NAME]", "A name", TEXT) });
  await call(["try"], name);
  await call(["try", "x"], name);
  const files = make({ files: argumentList("<FILE...>", "Files", TEXT) });
  strictEqual((await call(["try"], files)).code, 2);
  await call(["try", "x", "y"], files);
  deepStrictEqual(calls, [{ name: null }, { name: "x" }, { files: ["x", "y"] }]);
});

Deno.test("help shows the whole declaration within the width of the terminal", async () => {
  const { command } = commandWithEveryKind();
  for (const width of [40, 80, 200]) {
    const { code, out, err } = await call(["try", "--help"], command, width);
    deepStrictEqual([code, err], [0, ""]);
    const words = out.replaceAll(/\s+/g, " ");
    for (
      const text of [
        "Usage: sunspec-collector try [options] <HOST> [FILE...]",
        "Take one of each A paragraph.",
        "--unit <N> A number (default: 1)",
        "-k, --kind <KIND> A word (one or two)",
        "Exit codes: 0 Tried 2 Invalid command line 69 No response 70 Internal error",
        "Examples: sunspec-collector try a --config b",
      ]
    ) ok(words.includes(text), `${width}: ${text} is not in\n${out}`);
  }
});

Deno.test("every command has a unique name and complete help texts", () => {
  strictEqual(new Set(COMMANDS.map(({ name }) => name)).size, COMMANDS.length);
  for (const { name, summary, examples, exits, parameters, details } of COMMANDS) {
    match(summary, /^[A-Z].*[^.]$/, name);
    for (const paragraph of details) match(paragraph, /^[A-Z][^]*\.$/, name);
    for (const meaning of Object.values(exits)) match(meaning, /^[A-Z].*[^.]$/, name);
    for (const line of examples) ok(line.split(" ")[0] === name, line);
    for (const [key, { syntax, help, kind }] of Object.entries(parameters)) {
      const place = `${name} ${key}`;
      match(help, /^([A-Z`]|[a-z]+: [a-z]).*[^.]$/, place); // `peek: number of rows`
      match(syntax, FORMS[kind], place);
    }
  }
});

Deno.test("every example is a valid command line of its command", async () => {
  for (const command of COMMANDS) {
    const calls: unknown[] = [];
    const run = (values: unknown) => Promise.resolve(calls.push(values) && 0);
    for (const line of command.examples) {
      const { code, err } = await call(line.split(" "), { ...command, run });
      deepStrictEqual([code, err], [0, ""], line);
    }
    strictEqual(calls.length, command.examples.length);
  }
});

const FORMS = {
  argument: /^<[A-Z0-9[\]:|/.-]+>$|^\[[A-Z0-9|/:.-]+\]$/,
  option: /^(-[a-z], )?--[a-z-]+ <[A-Z0-9[\]:,|/.-]+>$/,
  flag: /^(-[a-z], )?--[a-z-]+$/,
};

Deno.test("main.ts loads no package but commander until a command runs, so that others do not slow down the start", async () => {
  const { stdout } = await new Deno.Command(Deno.execPath(), {
    args: [
      "info",
      "--quiet",
      "--json",
      new URL("../../../main.ts", import.meta.url).pathname,
    ],
  }).output();
  const { modules }: { modules: readonly GraphModule[] } = JSON.parse(
    new TextDecoder().decode(stdout),
  );
  const byName = new Map(modules.map((module) => [module.specifier, module]));
  const seen = new Set<string>();
  const visit = (specifier: string): void => {
    if (seen.has(specifier)) return;
    seen.add(specifier);
    for (
      const { code, isDynamic = false } of byName.get(specifier)?.dependencies ?? []
    ) {
      if (code !== undefined && !isDynamic) visit(code.specifier);
    }
  };
  visit(new URL("../../../main.ts", import.meta.url).href);
  ok(seen.size > 10, [...seen].join(" "));
  const foreign = [...seen].filter((specifier) => !specifier.startsWith("file:"));
  strictEqual(foreign.length, 1, foreign.join(" "));
  match(foreign[0] ?? "", /^npm:.*commander@/);
});

/** A module in the output of `deno info`. */
interface GraphModule {
  readonly specifier: string;
  readonly dependencies?: readonly {
    readonly code?: { readonly specifier: string };
    readonly isDynamic?: boolean;
  }[];
}
