/**
 * Why the XML and the JSON form of a SunSpec model say different things: every
 * difference that is known, in classes.
 *
 * @module
 */

import type { Difference } from "./compare_definitions.ts";

/** A class of differences with one cause. */
export interface Explanation {
  readonly title: string;
  /** The cause, and what follows from it for a reading; Markdown. */
  readonly text: string;
  covers(difference: Difference): boolean;
}

/** The classes; each known difference belongs to exactly one. */
export const EXPLANATIONS: readonly Explanation[] = [
  {
    title: "Names of models",
    text:
      `The XML form gives one name to a family of models (\`inverter\`, \`ac_meter\`); the
JSON form tells its members apart. The id says which model it is; no value depends on
the name.`,
    covers: ({ field, path }) => field === "name" && path === "",
  },
  {
    title: "Static points",
    text:
      `The XML form has no mark for points that do not change. Of the models that both
forms know, the JSON form sets it (beside the id and the length) in model 1 only. No
value depends on it.`,
    covers: ({ field, model }) => field === "static" && model === 1,
  },
  {
    title: "Counts of repeating groups",
    text:
      `The XML form cannot name the point that counts a group: a repeating block goes on
to the end of L. The JSON form links the count of strings and of modules. By the XML
form L alone decides how many there are; by the JSON form a count that does not fit L is
flagged as well.`,
    covers: only("803 string count", "804 lithium_ion_string_module count"),
  },
  {
    title: "Order of two temperatures",
    text:
      `The two forms have the points in opposite order, each in a row without gaps, and
nothing published tells which is right. The JSON form was made from the XML form by a
program, which keeps the order, so somebody has exchanged the two on purpose: the JSON form
is taken here too. **Doubtful** all the same: compare them with the device's own
display. If they are exchanged, a definition in \`models_dir\`/\`replace\` mends it.`,
    covers: only("64020 MainTmp offset", "64020 ProbeTmp offset"),
  },
  {
    title: "Scale factors and units that the JSON form corrects",
    text:
      `Mistakes of the XML form that were mended in the JSON form only. \`WAval\` is a
power in watts by its own description. \`ModTmpMax\` and \`ModTmpAvg\` are temperatures, as
\`ModTmpMin\` beside them, which has both marks in both forms. \`ModCellVMinCell\` is the
number of a cell and no voltage. By the XML form, \`ModTmpAvg\` would be wrong by its
scale factor, and so would the cell's number.`,
    covers: only(
      "122 WAval units",
      "803 ModTmpMax units",
      "803 ModTmpAvg scale",
      "803 ModTmpAvg units",
      "804 lithium_ion_string_module.ModCellVMinCell scale",
      "804 lithium_ion_string_module.ModCellVMinCell units",
    ),
  },
];

/** The differences at these places: model, path and field. */
function only(...places: string[]): Explanation["covers"] {
  const known = new Set(places);
  return ({ model, path, field }) => known.has(`${model} ${path} ${field}`);
}
