/**
 * The command line: makes parser and help of what the commands declare. A new
 * command is a file in `commands/` and a line in `commands/all.ts`.
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
  DESCRIPTION,
  ENVIRONMENT,
  exitCodes,
  NAME,
} from "./program.ts";
import { VERSION } from "../version/version.ts";

/** Narrower than this, help is not wrapped any further. */
const WIDTH_MIN = 40;

/**
 * Runs a command.
 *
 * @param args the command line without the program's name.
 * @returns the process's exit code.
 */
export async function runCommandLine(
  args: readonly string[],
  io: CliIo,
  commands: readonly Command[] = COMMANDS,
): Promise<number> {
  let code: number = EXIT.ok;
  const program = createProgram(io);
  for (const command of commands) {
    addCommand(program, command, async (given) => {
      code = await command.run(given, io);
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
  const program = new Parser(NAME)
    .description(DESCRIPTION)
    .configureOutput({
      writeOut: (text) => io.stdout.write(text),
      writeErr: (text) => io.stderr.write(text),
      getOutHelpWidth: () => Math.max(WIDTH_MIN, io.stdout.width),
      getErrHelpWidth: () => Math.max(WIDTH_MIN, io.stderr.width),
      getOutHasColors: () => false,
      getErrHasColors: () => false,
    })
    .version(VERSION, "-V, --version", "print the version and nothing else")
    .helpOption("-h, --help", "say how it is used")
    .exitOverride()
    .showSuggestionAfterError(true)
    .showHelpAfterError(`(${NAME} --help lists the commands)`)
    .helpCommand("help [command]", "say how a command is used");
  return withMore(program, (help) => [
    ...ENVIRONMENT.map((text) => help.boxWrap(text, help.helpWidth ?? WIDTH_MIN)),
    toExits(exitCodes(), help),
  ]);
}

function addCommand(
  program: Parser,
  command: Command,
  act: (given: Readonly<Record<string, unknown>>) => Promise<void>,
): void {
  const { name, summary, details, examples } = command;
  const parser = program.command(name)
    .summary(summary)
    .description([summary, ...details].join("\n\n"))
    .allowExcessArguments(false)
    .helpOption("-h, --help", "say how it is used")
    .showHelpAfterError(`(${NAME} ${name} --help says how it is used)`);
  withMore(parser, (help) => [
    toExits(exitCodes(command), help),
    ["Examples:", ...examples.map((line) => `  ${NAME} ${line}`)].join("\n"),
  ]);
  const values = Object.entries(command.parameters).map(([key, parameter]) =>
    [key, addParameter(parser, parameter)] as const
  );
  parser.action(() =>
    act(Object.fromEntries(values.map(([key, value]) => [key, value()])))
  );
}

/** Adds an argument or option; returns what gives its value once the line is parsed. */
function addParameter(parser: Parser, parameter: Parameter<unknown>): () => unknown {
  const { kind, form, absent } = parameter;
  const help = describeParameter(parameter);
  const parse = (text: string, before: unknown): unknown =>
    parameter.parse(text, before);
  if (kind === "argument") {
    const at = parser.registeredArguments.length;
    // An argument without a value would come as undefined, or as a list of none.
    parser.argument(form, help, parse);
    return () => {
      const given = at < parser.args.length;
      return given || absent.is === "fault" ? parser.processedArgs[at] : absent.value;
    };
  }
  const option = new Option(form, help);
  if (kind === "option") option.argParser(parse);
  parser.addOption(option);
  return () => {
    const value: unknown = parser.getOptionValue(option.attributeName());
    if (value !== undefined) return value;
    // Commander itself looks for these before unknown ones: `--confg` would have no hint.
    return absent.is === "value"
      ? absent.value
      : parser.error(`error: option '${form}' is missing`);
  };
}

/** Adds blocks of text behind the help. */
function withMore(parser: Parser, blocks: (help: Help) => readonly string[]): Parser {
  return parser.addHelpText("after", ({ error }) => {
    const { getErrHelpWidth, getOutHelpWidth } = parser.configureOutput();
    const helpWidth = (error ? getErrHelpWidth : getOutHelpWidth)?.() ?? WIDTH_MIN;
    const help = parser.createHelp();
    help.prepareContext({ error, helpWidth });
    return blocks(help).map((block) => `\n${block}\n`).join("");
  });
}

function toExits(codes: ReturnType<typeof exitCodes>, help: Help): string {
  const width = Math.max(...codes.map(([code]) => String(code).length));
  const lines = codes.map(([code, says]) =>
    help.formatItem(String(code).padStart(width), width, says, help)
  );
  return ["Exit codes:", ...lines].join("\n");
}
