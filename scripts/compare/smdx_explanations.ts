/**
 * The known differences between the XML and the JSON form of SunSpec models, grouped by
 * cause.
 *
 * @module
 */

import type { Difference } from "./compare_definitions.ts";

/** Differences with one cause. */
export interface Explanation {
  readonly title: string;
  /** The cause and its effect on values; Markdown. */
  readonly text: string;
  covers(difference: Difference): boolean;
}

/** All causes; each known difference has exactly one. */
export const EXPLANATIONS: readonly Explanation[] = [
  {
    title: "Names of models",
    text:
      `The XML form uses one name for a family of models (\`inverter\`, \`ac_meter\`); the
JSON form has one name per model. The id identifies the model; no value depends on the
name.`,
    covers: ({ field, path }) => field === "name" && path === "",
  },
  {
    title: "Static points",
    text:
      `The XML form has no mark for points that do not change. Of the models that exist in
both forms, the JSON form sets it in model 1 only, apart from the id and the length. No
value depends on it.`,
    covers: ({ field, model }) => field === "static" && model === 1,
  },
  {
    title: "Counts of repeating groups",
    text:
      `The XML form cannot refer to the point that counts a group: a repeating block extends
to the end of L. The JSON form refers to the counts of strings and of modules. With the
XML form, L alone determines the number of groups; with the JSON form, a count that does
not match L is flagged as well.`,
    covers: only("803 string count", "804 lithium_ion_string_module count"),
  },
  {
    title: "Order of two temperatures",
    text:
      `The two forms have these points in opposite order, without gaps, and no published
document states which is correct. The program that converted the XML form to the JSON form
keeps the order, so the points were swapped on purpose; the JSON form is used here too.
**Doubtful** nevertheless: compare the values with the display of the device. If they are
swapped, correct this by a definition in \`models_dir\`/\`replace\`.`,
    covers: only("64020 MainTmp offset", "64020 ProbeTmp offset"),
  },
  {
    title: "Scale factors and units that the JSON form corrects",
    text:
      `Errors of the XML form that are corrected in the JSON form only. \`WAval\` is a power
in watts according to its description. \`ModTmpMax\` and \`ModTmpAvg\` are temperatures like
\`ModTmpMin\`, which has a scale factor and a unit in both forms. \`ModCellVMinCell\` is the
number of a cell, not a voltage. With the XML form, \`ModTmpAvg\` and the number of the cell
would be wrong by a power of ten.`,
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
