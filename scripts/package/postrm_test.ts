import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { ROOT } from "./run_tool.ts";

const PREFIX = "SUNSPEC_COLLECTOR__";
/** The program of systemd that reads files of the same syntax; it also expands `$`. */
const SYSTEMD_READER =
  "/usr/lib/systemd/user-environment-generators/30-systemd-environment-d-generator";

/**
 * Lines of an environment file, and the values of the settings in it. Source:
 * systemd.exec(5), EnvironmentFile=; `parse_env_file_internal` of systemd 252 where
 * the manual is silent.
 */
const CASES: readonly (readonly [text: string, values: Record<string, string>])[] = [
  ["A=1", { A: "1" }],
  ["# A=1\n; A=2\n  # A=3\nA=4\n", { A: "4" }],
  ["A=1 # not a comment", { A: "1 # not a comment" }],
  ["A=a#b;c", { A: "a#b;c" }],
  ["  A  =  two words  \t\n", { A: "two words" }],
  ["A=1\r\nB=2\r\n", { A: "1", B: "2" }],
  ["A=\"two words\"  \nB='two words'\n", { A: "two words", B: "two words" }],
  ['A="  kept  "\n', { A: "  kept  " }],
  ['A="a" "b" c d\n', { A: "abc d" }],
  ['A=x"y"z\nB=it\'s\n', { A: 'x"y"z', B: "it's" }],
  ['A="q\\"w\\\\e\\nr"\n', { A: 'q"w\\e\\nr' }],
  ["A='single \"x\" \\n'tail\n", { A: 'single "x" \\ntail' }],
  ["A=long\\\n more \\\nend\n", { A: "long more end" }],
  ['A="cont\\\ninued"\n', { A: "continued" }],
  ['A="two\nlines"\nB=2\n', { A: "two\nlines", B: "2" }],
  ["A=it\\'s\\ \nB=a\\b\n", { A: "it's ", B: "ab" }],
  ["A='unterminated", { A: "unterminated" }],
  ["export A=1\nB=2\n", { B: "2" }],
  ["A-B=1\nno assignment\n=1\nC=3\n", { C: "3" }],
  ["A=1\nA=2\n", { A: "2" }],
  ["A=x=y\nB=é\n", { A: "x=y", B: "é" }],
];

/** Cases that systemd's own reader treats differently from EnvironmentFile=, or expands. */
const OWN_CASES: typeof CASES = [
  ["A=\nB=''\n", { A: "", B: "" }],
  ['A="\\$HOME \\`id\\`"\nB=$(touch /tmp/x)\n', {
    A: "$HOME `id`",
    B: "$(touch /tmp/x)",
  }],
  ["A='\x07'\nB=2\n", { B: "2" }],
];

/** Prefixes the names of settings: `A` becomes `SUNSPEC_COLLECTOR__A`. */
function toSettings(text: string): string {
  return text.replaceAll(/^(\s*(?:export )?)([A-Z])/gm, `$1${PREFIX}$2`);
}

Deno.test("postrm reads the environment file as systemd.exec(5) documents it", async () => {
  for (const [text, values] of [...CASES, ...OWN_CASES]) {
    deepStrictEqual(await readByPostrm(toSettings(text)), values, text);
  }
});

Deno.test({
  name: "postrm reads the environment file as the installed systemd does",
  ignore: !await Deno.stat(SYSTEMD_READER).then(() => true, () => false),
  fn: async () => {
    const comment = "# continued before systemd 254 \\\nA=1\nB=2\n";
    for (const text of [comment, ...CASES.map(([text]) => text)]) {
      const settings = toSettings(text);
      deepStrictEqual(
        await readByPostrm(settings),
        await readBySystemd(settings),
        text,
      );
    }
  },
});

Deno.test("postrm ignores an environment file that is not UTF-8, as systemd does", async () => {
  const bytes = Uint8Array.from([..."A=1\nA=\xff\n"], (c) => c.charCodeAt(0));
  deepStrictEqual(await readByPostrm(bytes), {});
});

Deno.test("postrm exports settings only: PATH of the file does not affect it", async () => {
  deepStrictEqual(await readByPostrm(`PATH=/nowhere\n${PREFIX}A=1\n`), { A: "1" });
});

/** The settings that the script's function exports. */
async function readByPostrm(
  file: string | Uint8Array,
): Promise<Record<string, string>> {
  const script = await Deno.readTextFile(`${ROOT}packaging/debian/postrm`);
  const body = /^read_environment\(\) \{\n.*?^\}$/ms.exec(script)?.[0] ?? "";
  await using folder = await makeFolder();
  const path = `${folder.path}/environment`;
  if (typeof file === "string") await Deno.writeTextFile(path, file);
  else await Deno.writeFile(path, file);
  const { code, stdout, stderr } = await new Deno.Command("sh", {
    args: ["-ec", `ENVIRONMENT=${path}\n${body}\nread_environment\nenv -0`],
    clearEnv: true,
    env: { PATH: "/usr/bin:/bin" },
  }).output();
  const decoder = new TextDecoder();
  deepStrictEqual([code, decoder.decode(stderr)], [0, ""]);
  return settingsIn(decoder.decode(stdout).split("\0"));
}

/** The settings that systemd reads; it prints them in the quotation of a shell. */
async function readBySystemd(file: string): Promise<Record<string, string>> {
  await using folder = await makeFolder();
  await Deno.mkdir(`${folder.path}/environment.d`);
  await Deno.writeTextFile(`${folder.path}/environment.d/test.conf`, file);
  const { code, stdout } = await new Deno.Command(SYSTEMD_READER, {
    clearEnv: true,
    env: { HOME: folder.path, XDG_CONFIG_HOME: folder.path },
    stderr: "null",
  }).output();
  strictEqual(code, 0);
  return settingsIn(
    new TextDecoder().decode(stdout).split("\n").map((line) =>
      line.replace(/="(.*)"$/, "=$1").replaceAll(
        /\\(.)/g,
        (_, c) => c === "n" ? "\n" : c,
      )
    ),
  );
}

function settingsIn(assignments: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    assignments.flatMap((text) => {
      const [name = "", ...value] = text.split("=");
      return name.startsWith(PREFIX)
        ? [[name.slice(PREFIX.length), value.join("=")]]
        : [];
    }).sort(),
  );
}

async function makeFolder(): Promise<AsyncDisposable & { readonly path: string }> {
  const path = await Deno.makeTempDir();
  return { path, [Symbol.asyncDispose]: () => Deno.remove(path, { recursive: true }) };
}
