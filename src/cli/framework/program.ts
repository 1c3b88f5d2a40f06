/**
 * Help texts of the program as a whole, for `--help` and the man page.
 *
 * @module
 */

import type { Command, Parameter } from "./command.ts";
import { EXIT } from "./exit_codes.ts";

/** Name of the program on the command line. */
export const PROGRAM_NAME = "sunspec-collector";

/** What the program does. */
export const PROGRAM_DESCRIPTION =
  "Collects readings from SunSpec devices over Modbus TCP, buffers them during outages and forwards them to Kafka or to files. It only reads from devices.";

/** Effect of environment variables; one text for each paragraph. */
export const ENVIRONMENT_HELP: readonly string[] = [
  "An environment variable overrides a key of the configuration file: SUNSPEC_COLLECTOR__GATEWAY__ID sets gateway.id, SUNSPEC_COLLECTOR__DEVICES__0__HOST sets the host of the first device.",
  "NO_COLOR, set to any text, disables colours. Output that does not go to a terminal has no colours.",
];

/** General meaning of the exit codes; the declaration of a command has its own meanings. */
export const EXIT_MEANINGS: Readonly<Record<keyof typeof EXIT, string>> = {
  ok: "Success",
  failure: "Failure; the reason is on stderr",
  usage: "Invalid command line",
  failing: "Readings are being lost, or will be soon",
  unavailable: "A device, a broker or the agent could not be reached",
  internal: "Internal error",
  config: "Invalid configuration",
};

/** The exit codes with their meanings, ascending: those of a command, or all. */
export function exitCodes(command?: Command): readonly (readonly [number, string])[] {
  const { usage, internal } = EXIT_MEANINGS;
  const meanings: Readonly<Partial<Record<string, string>>> = command === undefined
    ? EXIT_MEANINGS
    : { usage, internal, ...command.exits };
  return Object.entries(EXIT)
    .flatMap(([name, code]) => {
      const meaning = meanings[name];
      return meaning === undefined ? [] : [[code, meaning] as const];
    })
    .sort(([one], [other]) => one - other);
}

/** The help text of a parameter, with its allowed words and its default. */
export function describeParameter(
  { help, whenOmitted, completion }: Parameter<unknown>,
): string {
  const words = typeof completion === "string" ? [] : [completion.join(" or ")];
  const byDefault = whenOmitted.kind === "value" && whenOmitted.text !== undefined
    ? [`default: ${whenOmitted.text}`]
    : [];
  const more = [...words, ...byDefault].join("; ");
  return more === "" ? help : `${help} (${more})`;
}
