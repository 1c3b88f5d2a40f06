/**
 * The `--config` option, the same for all commands.
 *
 * @module
 */

import { FILE, type Parameter, requiredOption } from "./command.ts";

/** `--config <FILE>`, required. */
export function configOption(): Parameter<string> {
  return requiredOption("--config <FILE>", "Configuration file (TOML); required", FILE);
}
