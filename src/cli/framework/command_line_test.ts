import { deepStrictEqual, match, ok, strictEqual } from "node:assert/strict";
import {
  argument,
  argumentList,
  type Command,
  declareCommand,
  flag,
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
import { oneOf, wholeNumber } from "./option_values.ts";

/** A command that takes one of each, and keeps what it was given. */
function everyKind(): { command: Command; calls: unknown[] } {
  const calls: unknown[] = [];
  const command = declareCommand({
    name: "try",
    summary: "take one of each",
    details: ["A paragraph."],
    parameters: {
      host: argument("<HOST>", "the first", TEXT),
      files: argumentList("[FILE...]", "the rest", TEXT),
      unitId: optionWithDefault("--unit <N>", "a number", {
        parse: wholeNumber(0, 255),
      }, 1),
      kind: option("-k, --kind <KIND>", "a word", oneOf("one", "two")),
      config: requiredOption("--config <FILE>", "must be there", TEXT),
      json: flag("--json", "as JSON"),
    },
    examples: ["try a --config b"],
    exits: { ok: "tried", unavailable: "nobody there" },
    run(given) {
      calls.push(given);
      return Promise.resolve(EXIT.unavailable);
    },
  });
  return { command, calls };
}

async function call(args: readonly string[], command: Command, width = 80) {
  const said = { out: "", err: "" };
  const sink = (key: "out" | "err"): TextSink => ({
    isTerminal: false,
    width,
    height: 24,
    write: (text) => void (said[key] += text),
  });
  const { signal } = new AbortController();
  const io = {
    stdout: sink("out"),
    stderr: sink("err"),
    env: {},
    signal,
    hurry: signal,
  };
  return { code: await runCommandLine(args, io, [command]), ...said };
}

Deno.test("a command gets a value for every parameter that it declares", async () => {
  const { command, calls } = everyKind();
  strictEqual((await call(["try", "a", "--config", "c"], command)).code, 69);
  const all = "try a x y --unit 7 -k two --config c --json".split(" ");
  strictEqual((await call(all, command)).code, 69);
  deepStrictEqual(calls, [
    { host: "a", files: [], unitId: 1, kind: null, config: "c", json: false },
    { host: "a", files: ["x", "y"], unitId: 7, kind: "two", config: "c", json: true },
  ]);
});

Deno.test("what must be there and is not is a slip, and the command is not called", async () => {
  const { command, calls } = everyKind();
  for (
    const [line, says] of [
      ["try", /missing required argument 'HOST'/],
      ["try a", /option '--config <FILE>' is missing/],
      ["try a --confg b", /Did you mean --config\?/],
      ["try a --config b --kind three", /It must be one or two\./],
      ["try a --config b --unit", /argument missing/],
    ] as const
  ) {
    const { code, out, err } = await call(line.split(" "), command);
    deepStrictEqual([code, out], [2, ""], line);
    match(err, says);
    match(err, /\(sunspec-collector try --help says how it is used\)/);
  }
  deepStrictEqual(calls, []);
});

Deno.test("an argument may be left out, or be a list that wants one at least", async () => {
  const calls: unknown[] = [];
  const make = (parameters: Parameters<typeof declareCommand>[0]["parameters"]) =>
    declareCommand({
      ...everyKind().command,
      parameters,
      run: (given) => Promise.resolve(calls.push(given) && 0),
    });
  const name = make({ name: optionalArgument("[NAME]", "a name", TEXT) });
  await call(["try"], name);
  await call(["try", "x"], name);
  const files = make({ files: argumentList("<FILE...>", "files", TEXT) });
  strictEqual((await call(["try"], files)).code, 2);
  await call(["try", "x", "y"], files);
  deepStrictEqual(calls, [{ name: null }, { name: "x" }, { files: ["x", "y"] }]);
});

Deno.test("help says everything that is declared, within the terminal's width", async () => {
  const { command } = everyKind();
  for (const width of [40, 80, 200]) {
    const { code, out, err } = await call(["try", "--help"], command, width);
    deepStrictEqual([code, err], [0, ""]);
    const words = out.replaceAll(/\s+/g, " ");
    for (
      const text of [
        "Usage: sunspec-collector try [options] <HOST> [FILE...]",
        "take one of each A paragraph.",
        "--unit <N> a number (default: 1)",
        "-k, --kind <KIND> a word (one or two)",
        "Exit codes: 0 tried 2 the command line is wrong 69 nobody there 70 a fault",
        "Examples: sunspec-collector try a --config b",
      ]
    ) ok(words.includes(text), `${width}: ${text} is not in\n${out}`);
  }
});

Deno.test("every command declares itself whole, under a name of its own", () => {
  strictEqual(new Set(COMMANDS.map(({ name }) => name)).size, COMMANDS.length);
  for (const { name, summary, examples, parameters, details } of COMMANDS) {
    match(summary, /^[a-z].*[^.]$/, name); // one line among others
    for (const paragraph of details) match(paragraph, /^[A-Z][^]*\.$/, name);
    for (const line of examples) ok(line.split(" ")[0] === name, line);
    for (const [key, { form, help, kind }] of Object.entries(parameters)) {
      const place = `${name} ${key}`;
      match(help, /^[a-z0-9].*[^.]$/i, place);
      match(form, FORMS[kind], place);
    }
  }
});

Deno.test("every example is a command line that its command takes", async () => {
  for (const command of COMMANDS) {
    const calls: unknown[] = [];
    const run = (given: unknown) => Promise.resolve(calls.push(given) && 0);
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

Deno.test("until a command runs no package is loaded but commander: the others would cost every start", async () => {
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

/** What `deno info` says of a module. */
interface GraphModule {
  readonly specifier: string;
  readonly dependencies?: readonly {
    readonly code?: { readonly specifier: string };
    readonly isDynamic?: boolean;
  }[];
}
