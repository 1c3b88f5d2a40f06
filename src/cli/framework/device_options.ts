/**
 * Options of the commands that read one device.
 *
 * @module
 */

import { FOLDER, option, optionWithDefault, type Parameter } from "./command.ts";
import { durationMs, wholeNumber } from "./option_values.ts";

/** `--unit <N>`; 1 by default. */
export function unitOption(): Parameter<number> {
  const parse = wholeNumber(0, 255);
  return optionWithDefault("--unit <N>", "Modbus unit id of the device", { parse }, 1);
}

/** `--base <ADDRESS>`; null if omitted. */
export function baseOption(): Parameter<number | null> {
  return option(
    "--base <ADDRESS>",
    "Zero-based register address of the SunS marker (default: try 40000, 50000 and 0)",
    { parse: wholeNumber(0, 65_533) },
  );
}

/**
 * `--timeout <TIME>`, in ms.
 *
 * @param seconds the default.
 */
export function timeoutOption(seconds: number): Parameter<number> {
  return optionWithDefault(
    "--timeout <TIME>",
    `Time limit for each response, such as ${seconds}s`,
    { parse: durationMs },
    1_000 * seconds,
    `${seconds}s`,
  );
}

/** `--models-dir <FOLDER>`; null if omitted. */
export function modelsDirOption(): Parameter<string | null> {
  return option(
    "--models-dir <FOLDER>",
    "Folder with definitions of further models, JSON or SMDX (docs/definitions.md)",
    FOLDER,
  );
}
