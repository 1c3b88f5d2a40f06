/**
 * What a rule between keys has to say.
 *
 * @module
 */

import type { ConfigProblem } from "./problem.ts";
import type { Finding } from "./shape.ts";

/** A finding with its weight. */
export interface Ruling extends Finding {
  readonly severity: ConfigProblem["severity"];
}
