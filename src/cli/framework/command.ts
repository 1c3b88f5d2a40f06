/**
 * Declaration of a command. The parser, `--help`, the man page and the bash
 * completion are made from it.
 *
 * @module
 */

import type { EXIT } from "./exit_codes.ts";
import type { CliIo } from "./io.ts";

/** Shell completion of a value: a list of words, or a kind of name that the shell completes itself. */
export type Completion = "nothing" | "file" | "folder" | "host" | readonly string[];

/** What happens if a parameter is omitted: a usage error, or a default value. */
export type WhenOmitted<T> =
  | { readonly kind: "error" }
  | { readonly kind: "value"; readonly value: T; readonly text?: string | undefined };

/** One argument or option. */
export interface Parameter<T> {
  readonly kind: "argument" | "option" | "flag";
  /** As written in help: `<HOST[:PORT]>`, `[NAME]`, `[TARGET...]`, `-o, --output <FILE>`, `--json`. */
  readonly syntax: string;
  readonly help: string;
  readonly whenOmitted: WhenOmitted<T>;
  readonly completion: Completion;
  /**
   * Parses a value. For a repeated parameter, `previous` is the result of the
   * occurrences before.
   *
   * @throws {InvalidArgumentError} If the text is not a valid value.
   */
  parse(text: string, previous: T | undefined): T;
}

/** The parameters of a command, by the name that the code uses, in the order of help. */
export type Parameters = Readonly<Record<string, Parameter<unknown>>>;

/** The values that a command runs with: one for each parameter. */
export type ParsedValues<P extends Parameters> = {
  readonly [K in keyof P]: P[K] extends Parameter<infer T> ? T : never;
};

/** Meaning of the exit codes of a command; `usage` and `internal` mean the same for all. */
export type ExitMeanings =
  & { readonly ok: string }
  & Readonly<
    Partial<Record<Exclude<keyof typeof EXIT, "ok" | "usage" | "internal">, string>>
  >;

/** A command, as its `command.ts` declares it. */
export interface CommandDeclaration<P extends Parameters> {
  readonly name: string;
  /** One line for the list of commands. */
  readonly summary: string;
  /** Further paragraphs for the help of the command. */
  readonly details?: readonly string[];
  readonly parameters: P;
  /** Command lines without the name of the program. */
  readonly examples: readonly [string, ...string[]];
  readonly exits: ExitMeanings;
  /**
   * Runs the command and returns the exit code. It imports the implementation
   * dynamically, so that no command loads the code of the others.
   */
  run(values: ParsedValues<P>, io: CliIo): Promise<number>;
}

/** A declared command, independent of its parameters. */
export interface Command extends Omit<CommandDeclaration<Parameters>, "run"> {
  readonly details: readonly string[];
  /** `values` has a value for each parameter, from its `parse` or its `whenOmitted`. */
  run(values: Readonly<Record<string, unknown>>, io: CliIo): Promise<number>;
}

/** Converts a declaration to a command. */
export function declareCommand<const P extends Parameters>(
  declaration: CommandDeclaration<P>,
): Command {
  return {
    details: [],
    ...declaration,
    // The command line fills `values` from the same parameters, which the type cannot express.
    run: (values, io) => declaration.run(values as ParsedValues<P>, io),
  };
}

/** Parses the text of a value. */
export interface ValueParser<T> {
  /** @throws {InvalidArgumentError} If the text is not a valid value. */
  readonly parse: (text: string) => T;
  readonly completion?: Completion;
}

/** Any text. */
export const TEXT: ValueParser<string> = { parse: (text) => text };
/** The path of a file. */
export const FILE: ValueParser<string> = { ...TEXT, completion: "file" };
/** The path of a folder. */
export const FOLDER: ValueParser<string> = { ...TEXT, completion: "folder" };

/** A required argument: `<HOST>`. */
export function argument<T>(
  syntax: `<${string}>`,
  help: string,
  value: ValueParser<T>,
): Parameter<T> {
  return toParameter("argument", syntax, help, value, { kind: "error" });
}

/** An optional argument, null if omitted: `[NAME]`. */
export function optionalArgument<T>(
  syntax: `[${string}]`,
  help: string,
  value: ValueParser<T>,
): Parameter<T | null> {
  return toParameter<T | null>("argument", syntax, help, value, {
    kind: "value",
    value: null,
  });
}

/** Any number of arguments (`[TARGET...]`) or at least one (`<FILE...>`). */
export function argumentList<T>(
  syntax: `<${string}...>` | `[${string}...]`,
  help: string,
  value: ValueParser<T>,
): Parameter<readonly T[]> {
  const whenOmitted: WhenOmitted<readonly T[]> = syntax.startsWith("<")
    ? { kind: "error" }
    : { kind: "value", value: [] };
  return toList("argument", syntax, help, value, whenOmitted);
}

/** A required option with a value. */
export function requiredOption<T>(
  syntax: `-${string}>`,
  help: string,
  value: ValueParser<T>,
): Parameter<T> {
  return toParameter("option", syntax, help, value, { kind: "error" });
}

/** An option with a value, null if omitted. */
export function option<T>(
  syntax: `-${string}>`,
  help: string,
  value: ValueParser<T>,
): Parameter<T | null> {
  return toParameter<T | null>("option", syntax, help, value, {
    kind: "value",
    value: null,
  });
}

/** An option with a value and a default; help shows the default as `text`. */
export function optionWithDefault<T>(
  syntax: `-${string}>`,
  help: string,
  value: ValueParser<T>,
  fallback: T,
  text: string = String(fallback),
): Parameter<T> {
  return toParameter("option", syntax, help, value, {
    kind: "value",
    value: fallback,
    text,
  });
}

/** An option with a value that can be repeated: a list, empty if omitted. */
export function optionList<T>(
  syntax: `-${string}>`,
  help: string,
  value: ValueParser<T>,
): Parameter<readonly T[]> {
  return toList("option", syntax, help, value, { kind: "value", value: [] });
}

/** An option without a value: true if given. */
export function flagOption(syntax: `-${string}`, help: string): Parameter<boolean> {
  return toParameter("flag", syntax, help, { parse: () => true }, {
    kind: "value",
    value: false,
  });
}

function toParameter<T>(
  kind: Parameter<T>["kind"],
  syntax: string,
  help: string,
  { parse, completion = "nothing" }: ValueParser<T>,
  whenOmitted: WhenOmitted<T>,
): Parameter<T> {
  return { kind, syntax, help, whenOmitted, completion, parse };
}

function toList<T>(
  kind: Parameter<T>["kind"],
  syntax: string,
  help: string,
  { parse, completion = "nothing" }: ValueParser<T>,
  whenOmitted: WhenOmitted<readonly T[]>,
): Parameter<readonly T[]> {
  return {
    ...{ kind, syntax, help, whenOmitted, completion },
    parse: (text, previous = []) => [...previous, parse(text)],
  };
}
