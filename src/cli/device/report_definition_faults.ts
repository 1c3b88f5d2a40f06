/**
 * Reports faults in model definitions that a command was given.
 *
 * @module
 */

import type { DefinitionFault } from "../../sunspec/definition/definition_rules.ts";
import { EXIT } from "../framework/exit_codes.ts";
import type { CliIo } from "../framework/io.ts";

/** Writes one line per fault to stderr; returns the exit code. */
export function reportDefinitionFaults(
  command: string,
  faults: readonly DefinitionFault[],
  io: CliIo,
): number {
  for (const { place, message } of faults) {
    io.stderr.write(`${command}: ${place} ${message}\n`);
  }
  return EXIT.config;
}
