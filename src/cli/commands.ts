/**
 * Every command, in the order in which help lists them.
 *
 * @module
 */

import type { Command } from "./framework/command.ts";
import { CHECK } from "./check/command.ts";
import { DEMO } from "./demo/command.ts";
import { DOCTOR } from "./doctor/command.ts";
import { DUMP } from "./dump/command.ts";
import { QUEUE } from "./queue/command.ts";
import { READ } from "./read/command.ts";
import { RELOAD } from "./reload/command.ts";
import { RUN } from "./run/command.ts";
import { SCAN } from "./scan/command.ts";
import { SCHEMA } from "./schema/command.ts";
import { SIMULATE } from "./simulate/command.ts";
import { STATUS } from "./status/command.ts";
import { VERSION } from "./version/command.ts";

/** All of them. */
export const COMMANDS: readonly Command[] = [
  DEMO,
  RUN,
  STATUS,
  CHECK,
  RELOAD,
  READ,
  SIMULATE,
  DUMP,
  DOCTOR,
  SCAN,
  QUEUE,
  SCHEMA,
  VERSION,
];
