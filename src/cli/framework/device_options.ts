/**
 * Options of the commands that look at one device.
 *
 * @module
 */

import { FOLDER, option, optionWithDefault, type Parameter } from "./command.ts";
import { durationMs, wholeNumber } from "./option_values.ts";

/** `--unit <N>`; 1 unless it is given. */
export function unitOption(): Parameter<number> {
  const parse = wholeNumber(0, 255);
  return optionWithDefault("--unit <N>", "the device's Modbus unit id", { parse }, 1);
}

/** `--base <ADDRESS>`; null unless it is given. */
export function baseOption(): Parameter<number | null> {
  return option(
    "--base <ADDRESS>",
    "zero-based register address of its SunS marker (otherwise 40000, 50000 and 0 are tried)",
    { parse: wholeNumber(0, 65_533) },
  );
}

/** `--timeout <TIME>`, of so many seconds unless it is given. */
export function timeoutOption(seconds: number): Parameter<number> {
  return optionWithDefault(
    "--timeout <TIME>",
    `how long to wait for each answer, such as ${seconds}s`,
    { parse: durationMs },
    1_000 * seconds,
    `${seconds}s`,
  );
}

/** `--models-dir <FOLDER>`; null unless it is given. */
export function modelsDirOption(): Parameter<string | null> {
  return option(
    "--models-dir <FOLDER>",
    "definitions of more models, JSON or SMDX (docs/definitions.md)",
    FOLDER,
  );
}
