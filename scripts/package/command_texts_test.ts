import { deepStrictEqual, match, ok, strictEqual } from "node:assert/strict";
import {
  argument,
  declareCommand,
  FILE,
  flag,
  option,
  optionWithDefault,
  TEXT,
} from "../../src/cli/framework/command.ts";
import { oneOf } from "../../src/cli/framework/option_values.ts";
import { renderBashCompletion } from "./bash_completion.ts";
import { renderManual } from "./manual.ts";

const COMMANDS = [
  declareCommand({
    name: "look",
    summary: "look at it",
    details: [".begins with a dot; it's a 'quote' and a \\ backslash."],
    parameters: {
      kind: optionWithDefault("--kind <KIND>", "which", oneOf("near", "far"), "near"),
      output: option("-o, --output <FILE>", "where to", FILE),
      json: flag("--json", "as JSON"),
    },
    examples: ["look --kind far"],
    exits: { ok: "seen", unavailable: "nothing there" },
    run: () => Promise.resolve(0),
  }),
  declareCommand({
    name: "open",
    summary: "open a file",
    parameters: {
      file: argument("<FILE>", "the file", FILE),
      note: option("--note <TEXT>", "a note", TEXT),
    },
    examples: ["open a"],
    exits: { ok: "opened" },
    run: () => Promise.resolve(0),
  }),
];

/** What bash offers for a command line; the last word is the one being typed. */
async function offers(folder: string, ...words: readonly string[]): Promise<string[]> {
  await Deno.writeTextFile(`${folder}/completion`, renderBashCompletion(COMMANDS));
  const script = `. ./completion; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1))
    _sunspec_collector; printf '%s\\n' "\${COMPREPLY[@]}"`;
  const { code, stdout, stderr } = await new Deno.Command("bash", {
    args: ["--norc", "-uc", script, "bash", "sunspec-collector", ...words],
    cwd: folder,
  }).output();
  strictEqual(code, 0, new TextDecoder().decode(stderr));
  return new TextDecoder().decode(stdout).split("\n").filter((line) => line !== "")
    .sort();
}

Deno.test("bash completes commands, options, words and files, each where it belongs", async () => {
  const folder = await Deno.makeTempDir();
  try {
    await Deno.writeTextFile(`${folder}/a file`, "");
    const all = ["--help", "--version", "-V", "-h", "help", "look", "open"];
    deepStrictEqual(await offers(folder, ""), all);
    deepStrictEqual(await offers(folder, "lo"), ["look"]);
    deepStrictEqual(await offers(folder, "help", ""), ["look", "open"]);
    deepStrictEqual(await offers(folder, "look", "--k"), ["--kind"]);
    deepStrictEqual(await offers(folder, "look", "--kind", ""), ["far", "near"]);
    deepStrictEqual(await offers(folder, "look", "--kind", "n"), ["near"]);
    for (const flag of ["-o", "--output"]) {
      deepStrictEqual(await offers(folder, "look", flag, "a"), ["a file"]);
    }
    deepStrictEqual(await offers(folder, "open", "a"), ["a file"]);
    deepStrictEqual(await offers(folder, "open", "--note", "a"), []);
    deepStrictEqual(await offers(folder, "open", "-"), ["--help", "--note", "-h"]);
    deepStrictEqual(await offers(folder, "nothing", ""), []);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("the man page says everything that is declared, and escapes what troff would take", () => {
  const page = renderManual(COMMANDS);
  ok(page.startsWith('.\\" Generated'));
  match(page, /^\.SS "look"$/m);
  match(
    page,
    /^\\&\.begins with a dot; it\\\(aqs a \\\(aqquote\\\(aq and a \\e backslash\.$/m,
  );
  match(page, /^\.B \\-\\-kind <KIND>\nWhich \(near or far; default: near\)\.$/m);
  match(page, /^\.B 69\nNothing there\.$/m);
  match(page, /^sunspec\\-collector look \\-\\-kind far$/m);
  match(page, /^\.B open \[\\fIOPTIONS\\fR\] \\fI<FILE>\\fR$/m);
  // Every line that begins as a request is one that man(7) knows.
  const requests = new Set(page.match(/^[.'][^ \n]*/gm));
  deepStrictEqual(
    [...requests].filter((one) =>
      !/^\.(\\"|TH|SH|SS|B|I|PP|TP|nf|fi|RS|RE|BR)$/.test(one)
    ),
    [],
  );
});
