/**
 * Every command, in the order in which help lists them.
 *
 * @module
 */

import type { Command } from "../command.ts";
import { CHECK } from "./check.ts";
import { DEMO } from "./demo.ts";
import { DOCTOR } from "./doctor.ts";
import { DUMP } from "./dump.ts";
import { QUEUE } from "./queue.ts";
import { READ } from "./read.ts";
import { RELOAD } from "./reload.ts";
import { RUN } from "./run.ts";
import { SCAN } from "./scan.ts";
import { SCHEMA } from "./schema.ts";
import { SIMULATE } from "./simulate.ts";
import { STATUS } from "./status.ts";
import { VERSION } from "./version.ts";

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
