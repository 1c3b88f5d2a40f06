import { deepStrictEqual, match, ok, strictEqual } from "node:assert/strict";
import {
  argument,
  declareCommand,
  FILE,
  flagOption,
  option,
  optionWithDefault,
  TEXT,
} from "../../src/cli/framework/command.ts";
import { choiceOf } from "../../src/cli/framework/option_values.ts";
import { renderBashCompletion } from "./bash_completion.ts";
import { renderManual } from "./manual.ts";

const COMMANDS = [
  declareCommand({
    name: "look",
    summary: "Look at it",
    details: [".begins with a dot; it's a 'quote' and a \\ backslash."],
    parameters: {
      kind: optionWithDefault(
        "--kind <KIND>",
        "Which",
        choiceOf("near", "far"),
        "near",
      ),
      output: option("-o, --output <FILE>", "Where to", FILE),
      json: flagOption("--json", "As JSON"),
    },
    examples: ["look --kind far"],
    exits: { ok: "Seen", unavailable: "Nothing there" },
    run: () => Promise.resolve(0),
  }),
  declareCommand({
    name: "open",
    summary: "Open a file",
    parameters: {
      file: argument("<FILE>", "The file", FILE),
      note: option("--note <TEXT>", "A note", TEXT),
    },
    examples: ["open a"],
    exits: { ok: "Opened" },
    run: () => Promise.resolve(0),
  }),
];

/** The completions of bash for a command line; the last word is being typed. */
async function completionsOf(
  folder: string,
  ...words: readonly string[]
): Promise<string[]> {
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

Deno.test("renderBashCompletion() completes commands, options, words and files", async () => {
  const folder = await Deno.makeTempDir();
  try {
    await Deno.writeTextFile(`${folder}/a file`, "");
    const all = ["--help", "--version", "-V", "-h", "help", "look", "open"];
    deepStrictEqual(await completionsOf(folder, ""), all);
    deepStrictEqual(await completionsOf(folder, "lo"), ["look"]);
    deepStrictEqual(await completionsOf(folder, "help", ""), ["look", "open"]);
    deepStrictEqual(await completionsOf(folder, "look", "--k"), ["--kind"]);
    deepStrictEqual(await completionsOf(folder, "look", "--kind", ""), ["far", "near"]);
    deepStrictEqual(await completionsOf(folder, "look", "--kind", "n"), ["near"]);
    for (const flag of ["-o", "--output"]) {
      deepStrictEqual(await completionsOf(folder, "look", flag, "a"), ["a file"]);
    }
    deepStrictEqual(await completionsOf(folder, "open", "a"), ["a file"]);
    deepStrictEqual(await completionsOf(folder, "open", "--note", "a"), []);
    deepStrictEqual(await completionsOf(folder, "open", "-"), [
      "--help",
      "--note",
      "-h",
    ]);
    deepStrictEqual(await completionsOf(folder, "nothing", ""), []);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("renderManual() renders the whole declaration and escapes troff requests", () => {
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
  // Every line that starts like a request is a request of man(7).
  const requests = new Set(page.match(/^[.'][^ \n]*/gm));
  deepStrictEqual(
    [...requests].filter((one) =>
      !/^\.(\\"|TH|SH|SS|B|I|PP|TP|nf|fi|RS|RE|BR)$/.test(one)
    ),
    [],
  );
});
