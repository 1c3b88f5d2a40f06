/**
 * The option that names the configuration, as every command has it.
 *
 * @module
 */

import { FILE, type Parameter, requiredOption } from "./command.ts";

/** `--config FILE`, which must be there. */
export function configFile(): Parameter<string> {
  return requiredOption("--config <FILE>", "the configuration (TOML); required", FILE);
}
