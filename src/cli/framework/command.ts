/**
 * How a command declares itself. One declaration gives the parser, `--help`,
 * the man page and the completion of bash.
 *
 * @module
 */

import type { EXIT } from "./exit_codes.ts";
import type { CliIo } from "./io.ts";

/** What a shell may complete a value with: words, or what it knows itself. */
export type Completion = "nothing" | "file" | "folder" | "host" | readonly string[];

/** What a parameter is worth when it is not given. */
export type Absent<T> =
  | { readonly is: "fault" }
  | { readonly is: "value"; readonly value: T; readonly text?: string | undefined };

/** One argument or option. */
export interface Parameter<T> {
  readonly kind: "argument" | "option" | "flag";
  /** As help writes it: `<HOST[:PORT]>`, `[NAME]`, `[TARGET...]`, `-o, --output <FILE>`, `--json`. */
  readonly form: string;
  readonly help: string;
  readonly absent: Absent<T>;
  readonly completion: Completion;
  /**
   * Makes a value of the text; of several, `before` is what came of those before.
   *
   * @throws {InvalidArgumentError} If the text will not do.
   */
  parse(text: string, before: T | undefined): T;
}

/** The parameters of a command, by the name that its code calls them, in the order of help. */
export type Parameters = Readonly<Record<string, Parameter<unknown>>>;

/** What a command is given: one value a parameter. */
export type Given<P extends Parameters> = {
  readonly [K in keyof P]: P[K] extends Parameter<infer T> ? T : never;
};

/** What its exit codes say; `usage` and `internal` say the same for every command. */
export type ExitMeanings =
  & { readonly ok: string }
  & Readonly<
    Partial<Record<Exclude<keyof typeof EXIT, "ok" | "usage" | "internal">, string>>
  >;

/** What a command says of itself. */
export interface Declaration<P extends Parameters> {
  readonly name: string;
  /** A few words, for the list of commands. */
  readonly summary: string;
  /** More for its own help, where a line does not say enough: one text a paragraph. */
  readonly details?: readonly string[];
  readonly parameters: P;
  /** Command lines without the program's name; at least one. */
  readonly examples: readonly [string, ...string[]];
  readonly exits: ExitMeanings;
  /**
   * Does it; returns the exit code. Imports the command's own module only now,
   * so that the other commands do not pay for it.
   */
  run(given: Given<P>, io: CliIo): Promise<number>;
}

/** A command among others. */
export interface Command extends Omit<Declaration<Parameters>, "run"> {
  readonly details: readonly string[];
  /** `given` holds a value for each parameter, made by its `parse` or its `absent`. */
  run(given: Readonly<Record<string, unknown>>, io: CliIo): Promise<number>;
}

/** Makes a command of its declaration. */
export function declareCommand<const P extends Parameters>(
  declaration: Declaration<P>,
): Command {
  return {
    details: [],
    ...declaration,
    // The frame fills `given` from these same parameters; the type cannot say so.
    run: (given, io) => declaration.run(given as Given<P>, io),
  };
}

/** How a value is read. */
export interface Value<T> {
  /** @throws {InvalidArgumentError} If the text will not do. */
  readonly parse: (text: string) => T;
  readonly completion?: Completion;
}

/** A value that is taken as it stands. */
export const TEXT: Value<string> = { parse: (text) => text };
/** A path of a file, taken as it stands. */
export const FILE: Value<string> = { ...TEXT, completion: "file" };
/** A path of a folder, taken as it stands. */
export const FOLDER: Value<string> = { ...TEXT, completion: "folder" };

/** An argument that must be there: `<HOST>`. */
export function argument<T>(
  form: `<${string}>`,
  help: string,
  value: Value<T>,
): Parameter<T> {
  return toParameter("argument", form, help, value, { is: "fault" });
}

/** An argument that may be left out: `[NAME]`. */
export function optionalArgument<T>(
  form: `[${string}]`,
  help: string,
  value: Value<T>,
): Parameter<T | null> {
  return toParameter<T | null>("argument", form, help, value, {
    is: "value",
    value: null,
  });
}

/** Any number of arguments: `[TARGET...]`, or at least one: `<FILE...>`. */
export function argumentList<T>(
  form: `<${string}...>` | `[${string}...]`,
  help: string,
  value: Value<T>,
): Parameter<readonly T[]> {
  const absent: Absent<readonly T[]> = form.startsWith("<")
    ? { is: "fault" }
    : { is: "value", value: [] };
  return toList("argument", form, help, value, absent);
}

/** An option with a value that must be there. */
export function requiredOption<T>(
  form: `-${string}>`,
  help: string,
  value: Value<T>,
): Parameter<T> {
  return toParameter("option", form, help, value, { is: "fault" });
}

/** An option with a value; null if it is not given. */
export function option<T>(
  form: `-${string}>`,
  help: string,
  value: Value<T>,
): Parameter<T | null> {
  return toParameter<T | null>("option", form, help, value, {
    is: "value",
    value: null,
  });
}

/** An option with a value and a default, which help writes as `text` (or as it is). */
export function optionWithDefault<T>(
  form: `-${string}>`,
  help: string,
  value: Value<T>,
  fallback: T,
  text: string = String(fallback),
): Parameter<T> {
  return toParameter("option", form, help, value, {
    is: "value",
    value: fallback,
    text,
  });
}

/** An option that may be given again: a list, empty without it. */
export function optionList<T>(
  form: `-${string}>`,
  help: string,
  value: Value<T>,
): Parameter<readonly T[]> {
  return toList("option", form, help, value, { is: "value", value: [] });
}

/** An option without a value: given or not. */
export function flag(form: `-${string}`, help: string): Parameter<boolean> {
  return toParameter("flag", form, help, { parse: () => true }, {
    is: "value",
    value: false,
  });
}

function toParameter<T>(
  kind: Parameter<T>["kind"],
  form: string,
  help: string,
  { parse, completion = "nothing" }: Value<T>,
  absent: Absent<T>,
): Parameter<T> {
  return { kind, form, help, absent, completion, parse };
}

function toList<T>(
  kind: Parameter<T>["kind"],
  form: string,
  help: string,
  { parse, completion = "nothing" }: Value<T>,
  absent: Absent<readonly T[]>,
): Parameter<readonly T[]> {
  return {
    ...{ kind, form, help, absent, completion },
    parse: (text, before = []) => [...before, parse(text)],
  };
}
