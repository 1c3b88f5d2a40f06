/**
 * What is said of the program as a whole, for `--help` and the man page.
 *
 * @module
 */

import type { Command, Parameter } from "./command.ts";
import { EXIT } from "./exit_codes.ts";

/** The program's name, as people call it. */
export const NAME = "sunspec-collector";

/** What it is. */
export const DESCRIPTION =
  "Collects readings of SunSpec devices over Modbus TCP, keeps them through any outage and forwards them. It only ever reads.";

/** What the environment does, one text a paragraph. */
export const ENVIRONMENT: readonly string[] = [
  "Every key of a configuration file can be overridden by an environment variable: SUNSPEC_COLLECTOR__GATEWAY__ID is gateway.id, SUNSPEC_COLLECTOR__DEVICES__0__HOST is the host of the first device.",
  "NO_COLOR, set to anything, takes the colours away; without a terminal there are none.",
];

/** What each exit code says in general; a command's own words are in its declaration. */
export const EXIT_MEANINGS: Readonly<Record<keyof typeof EXIT, string>> = {
  ok: "done",
  failure: "failed, and stderr says why",
  usage: "the command line is wrong",
  failing: "readings are lost, or soon will be",
  unavailable: "a device or a broker could not be reached",
  internal: "a fault in the program itself",
  config: "the configuration is wrong",
};

/** The exit codes of a command (of any, without one), ascending, each with what it says. */
export function exitCodes(command?: Command): readonly (readonly [number, string])[] {
  const { usage, internal } = EXIT_MEANINGS;
  const said: Readonly<Partial<Record<string, string>>> = command === undefined
    ? EXIT_MEANINGS
    : { usage, internal, ...command.exits };
  return Object.entries(EXIT)
    .flatMap(([name, code]) => {
      const meaning = said[name];
      return meaning === undefined ? [] : [[code, meaning] as const];
    })
    .sort(([one], [other]) => one - other);
}

/** What a parameter is, with the words it takes and its default. */
export function describeParameter(
  { help, absent, completion }: Parameter<unknown>,
): string {
  const words = typeof completion === "string" ? [] : [completion.join(" or ")];
  const byDefault = absent.is === "value" && absent.text !== undefined
    ? [`default: ${absent.text}`]
    : [];
  const more = [...words, ...byDefault].join("; ");
  return more === "" ? help : `${help} (${more})`;
}
