/**
 * The command line: builds the parser and the help texts from the declarations
 * of the commands.
 *
 * @module
 */

import { Command as Parser, CommanderError, type Help, Option } from "commander";
import type { Command, Parameter } from "./command.ts";
import { COMMANDS } from "../commands.ts";
import { EXIT } from "./exit_codes.ts";
import type { CliIo } from "./io.ts";
import {
  describeParameter,
  ENVIRONMENT_HELP,
  exitCodes,
  PROGRAM_DESCRIPTION,
  PROGRAM_NAME,
} from "./program.ts";
import { VERSION } from "../../base/version.ts";

/** Least width that help texts are wrapped to, in columns. */
const WIDTH_MIN = 40;

/**
 * Parses a command line and runs its command.
 *
 * @param args the command line without the name of the program.
 * @returns the exit code of the process.
 */
export async function runCommandLine(
  args: readonly string[],
  io: CliIo,
  commands: readonly Command[] = COMMANDS,
): Promise<number> {
  let code: number = EXIT.ok;
  const program = createProgram(io);
  for (const command of commands) {
    addCommand(program, command, async (values) => {
      code = await command.run(values, io);
    });
  }
  try {
    await program.parseAsync([...args], { from: "user" });
    return code;
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    return error.exitCode === 0 ? EXIT.ok : EXIT.usage;
  }
}

function createProgram(io: CliIo): Parser {
  const program = new Parser(PROGRAM_NAME)
    .description(PROGRAM_DESCRIPTION)
    .configureOutput({
      writeOut: (text) => io.stdout.write(text),
      writeErr: (text) => io.stderr.write(text),
      getOutHelpWidth: () => Math.max(WIDTH_MIN, io.stdout.width),
      getErrHelpWidth: () => Math.max(WIDTH_MIN, io.stderr.width),
      getOutHasColors: () => false,
      getErrHasColors: () => false,
    })
    .version(VERSION, "-V, --version", "Print the version number only")
    .helpOption("-h, --help", "Show help")
    .exitOverride()
    .showSuggestionAfterError(true)
    .showHelpAfterError(`(${PROGRAM_NAME} --help lists the commands)`)
    .helpCommand("help [command]", "Show help for a command");
  return addSections(program, (help) => [
    ...ENVIRONMENT_HELP.map((text) => help.boxWrap(text, help.helpWidth ?? WIDTH_MIN)),
    renderExitCodes(exitCodes(), help),
  ]);
}

function addCommand(
  program: Parser,
  command: Command,
  run: (values: Readonly<Record<string, unknown>>) => Promise<void>,
): void {
  const { name, summary, details, examples } = command;
  const parser = program.command(name)
    .summary(summary)
    .description([summary, ...details].join("\n\n"))
    .allowExcessArguments(false)
    .helpOption("-h, --help", "Show help")
    .showHelpAfterError(`(${PROGRAM_NAME} ${name} --help shows its usage)`);
  addSections(parser, (help) => [
    renderExitCodes(exitCodes(command), help),
    ["Examples:", ...examples.map((line) => `  ${PROGRAM_NAME} ${line}`)].join("\n"),
  ]);
  const readers = Object.entries(command.parameters).map(([key, parameter]) =>
    [key, addParameter(parser, parameter)] as const
  );
  parser.action(() =>
    run(Object.fromEntries(readers.map(([key, readValue]) => [key, readValue()])))
  );
}

/** Adds an argument or option; the result reads its value after the command line is parsed. */
function addParameter(parser: Parser, parameter: Parameter<unknown>): () => unknown {
  const { kind, syntax, whenOmitted } = parameter;
  const help = describeParameter(parameter);
  const parse = (text: string, previous: unknown): unknown =>
    parameter.parse(text, previous);
  if (kind === "argument") {
    const at = parser.registeredArguments.length;
    // Commander passes an omitted argument as undefined, or as an empty list.
    parser.argument(syntax, help, parse);
    return () => {
      const given = at < parser.args.length;
      return given || whenOmitted.kind === "error"
        ? parser.processedArgs[at]
        : whenOmitted.value;
    };
  }
  const option = new Option(syntax, help);
  if (kind === "option") option.argParser(parse);
  parser.addOption(option);
  return () => {
    const value: unknown = parser.getOptionValue(option.attributeName());
    if (value !== undefined) return value;
    // Commander would report the missing option before an unknown one such as `--confg`,
    // and so without a suggestion.
    return whenOmitted.kind === "value"
      ? whenOmitted.value
      : parser.error(`error: option '${syntax}' is missing`);
  };
}

/** Adds sections at the end of the help. */
function addSections(
  parser: Parser,
  sections: (help: Help) => readonly string[],
): Parser {
  return parser.addHelpText("after", ({ error }) => {
    const { getErrHelpWidth, getOutHelpWidth } = parser.configureOutput();
    const helpWidth = (error ? getErrHelpWidth : getOutHelpWidth)?.() ?? WIDTH_MIN;
    const help = parser.createHelp();
    help.prepareContext({ error, helpWidth });
    return sections(help).map((section) => `\n${section}\n`).join("");
  });
}

function renderExitCodes(codes: ReturnType<typeof exitCodes>, help: Help): string {
  const width = Math.max(...codes.map(([code]) => String(code).length));
  const lines = codes.map(([code, meaning]) =>
    help.formatItem(String(code).padStart(width), width, meaning, help)
  );
  return ["Exit codes:", ...lines].join("\n");
}
