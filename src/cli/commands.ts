/**
 * All commands, in the order in which help lists them.
 *
 * @module
 */

import type { Command } from "./framework/command.ts";
import { CHECK_COMMAND } from "./check/command.ts";
import { DEMO_COMMAND } from "./demo/command.ts";
import { DOCTOR_COMMAND } from "./doctor/command.ts";
import { DUMP_COMMAND } from "./dump/command.ts";
import { QUEUE_COMMAND } from "./queue/command.ts";
import { READ_COMMAND } from "./read/command.ts";
import { RELOAD_COMMAND } from "./reload/command.ts";
import { RUN_COMMAND } from "./run/command.ts";
import { SCAN_COMMAND } from "./scan/command.ts";
import { SCHEMA_COMMAND } from "./schema/command.ts";
import { SIMULATE_COMMAND } from "./simulate/command.ts";
import { STATUS_COMMAND } from "./status/command.ts";
import { VERSION_COMMAND } from "./version/command.ts";

/** A new command is a folder with a `command.ts` and a line here. */
export const COMMANDS: readonly Command[] = [
  DEMO_COMMAND,
  RUN_COMMAND,
  STATUS_COMMAND,
  CHECK_COMMAND,
  RELOAD_COMMAND,
  READ_COMMAND,
  SIMULATE_COMMAND,
  DUMP_COMMAND,
  DOCTOR_COMMAND,
  SCAN_COMMAND,
  QUEUE_COMMAND,
  SCHEMA_COMMAND,
  VERSION_COMMAND,
];
