/**
 * The completion for bash, from what the commands declare. It needs nothing
 * but bash itself.
 *
 * @module
 */

import type {
  Command,
  Completion,
  Parameter,
} from "../../src/cli/framework/command.ts";
import { NAME } from "../../src/cli/framework/program.ts";

const FUNCTION = `_${NAME.replaceAll("-", "_")}`;

/** Lets readline quote names that need it; there is none to ask outside of a terminal. */
const NAMES = "compopt -o filenames 2>/dev/null;";

/** What every command and the program itself take. */
const HELP = ["-h", "--help"];
const PROGRAM_OPTIONS = [...HELP, "-V", "--version"];

/** Renders the file that bash-completion loads; the same text for the same commands. */
export function renderBashCompletion(commands: readonly Command[]): string {
  const names = commands.map(({ name }) => name);
  const lines = [
    `# bash completion for ${NAME}. Generated from src/cli/commands: deno task generate.`,
    `${FUNCTION}() {`,
    "  local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD-1]} command= at",
    "  COMPREPLY=()",
    "  for ((at = 1; at < COMP_CWORD; at++)); do",
    "    case ${COMP_WORDS[at]} in -*) ;; *) command=${COMP_WORDS[at]}; break ;; esac",
    "  done",
    "  case $command in",
    '    "")',
    `      ${reply([...names, "help", ...PROGRAM_OPTIONS])} ;;`,
    "    help)",
    `      ${reply(names)} ;;`,
    ...commands.flatMap(renderCommand),
    "  esac",
    "}",
    `complete -F ${FUNCTION} ${NAME}`,
  ];
  return `${lines.join("\n")}\n`;
}

function renderCommand({ name, parameters }: Command): string[] {
  const all = Object.values(parameters);
  const withValue = all.filter(({ kind }) => kind === "option");
  const flags = all.filter(({ kind }) => kind !== "argument").flatMap(flagsOf);
  const values = withValue.map((option) =>
    `        ${flagsOf(option).join("|")}) ${complete(option.completion)} return ;;`
  );
  const argument = all.find(({ kind }) => kind === "argument")?.completion ?? "nothing";
  const otherwise = argument === "nothing" ? [] : [
    `      case $word in -*) ;; *) ${complete(argument)} return ;; esac`,
  ];
  return [
    `    ${name})`,
    ...(values.length === 0 ? [] : ["      case $before in", ...values, "      esac"]),
    ...otherwise,
    `      ${reply([...flags, ...HELP])} ;;`,
  ];
}

/** `-o, --output <FILE>` is called by `-o` and by `--output`. */
function flagsOf({ form }: Parameter<unknown>): string[] {
  return form.split(/[ ,]+/).filter((part) => part.startsWith("-"));
}

function complete(completion: Completion): string {
  switch (completion) {
    case "nothing":
      return "";
    case "file":
      return `${NAMES} ${generate("-f")};`;
    case "folder":
      return `${NAMES} ${generate("-d")};`;
    case "host":
      return `${generate("-A hostname")};`;
    default:
      return `${reply(completion)};`;
  }
}

function reply(words: readonly string[]): string {
  return generate(`-W "${words.join(" ")}"`);
}

/** Names with blanks stay whole: one line each. */
function generate(action: string): string {
  return `mapfile -t COMPREPLY < <(compgen ${action} -- "$word")`;
}
