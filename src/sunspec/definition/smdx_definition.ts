/**
 * Converts a model definition in SunSpec's XML form (SMDX). Pure.
 *
 * Source: SunSpec Information Model Specification 1.x, "SMDX"; the schema in
 * github.com/sunspec/models, `smdx/smdx.xsd`; for the conversion of blocks into groups:
 * SunSpec Device Information Model Specification 1.2, "Model Definition".
 *
 * @module
 */

import { bad, good, type Result } from "../../base/result.ts";
import type {
  GroupDefinition,
  ModelDefinition,
  PointDefinition,
} from "./definition.ts";
import { MODEL_HEADER_SIZE, MODEL_ID_MAX } from "../spec.ts";
import type { DefinitionFault } from "./definition_rules.ts";
import {
  attributeOf,
  createSmdxFaults,
  integerAttribute,
  quoteText,
  type SmdxFaults,
} from "./smdx_faults.ts";
import { type EnclosingPoints, parseSmdxPoints } from "./smdx_points.ts";
import type { XmlElement } from "./xml.ts";

/** The first two points of every model; SMDX omits them. */
const HEADER: readonly PointDefinition[] = [
  { name: "ID", type: "uint16", size: 1, offset: 0, static: true, mandatory: true },
  { name: "L", type: "uint16", size: 1, offset: 1, static: true, mandatory: true },
];
/** Elements that do not describe registers. */
const TEXTS: ReadonlySet<string> = new Set(
  ["comment", "description", "label", "notes", "strings"],
);
const BLOCK_TYPES = ["fixed", "repeating"] as const;
const BLOCK_SIZE_MAX = 65_535;

/**
 * Converts SunSpec's XML form into a definition.
 *
 * The points of the fixed block follow ID and L in the top-level group. The repeating
 * block becomes an inner group that repeats to the end of L. Human-readable texts
 * (`strings`) are ignored.
 *
 * @param root the element `sunSpecModels` with one `model` inside.
 * @returns the definition, or all faults with their places (at most 50); never throws.
 */
export function parseSmdx(
  root: XmlElement,
): Result<ModelDefinition, readonly DefinitionFault[]> {
  const faults = createSmdxFaults();
  const model = findModel(root, faults);
  if (model === undefined) return bad(faults.list);
  const id = integerAttribute(model, "id", 1, MODEL_ID_MAX, faults);
  if (attributeOf(model, "id") === undefined) {
    faults.add(
      model,
      "id",
      `is missing; expected an integer from 1 to ${MODEL_ID_MAX}`,
    );
  }
  const name = nameOf(model, `model_${id ?? ""}`, faults);
  const blocks = findBlocks(model, faults);
  const fixed = blocks.fixed === undefined
    ? { points: [], size: 0 }
    : parseBlock(blocks.fixed, { siblings: HEADER, outer: [] }, faults);
  const top: GroupDefinition = {
    name,
    count: 1,
    size: MODEL_HEADER_SIZE + fixed.size,
    points: [...HEADER, ...fixed.points.map(afterHeader)],
    groups: [],
  };
  const groups = blocks.repeating === undefined
    ? []
    : [parseRepeating(blocks.repeating, top, faults)];
  checkLength(model, top, groups, faults);
  if (faults.list.length > 0 || id === undefined) return bad(faults.list);
  return good({ id, name, group: { ...top, groups } });
}

function afterHeader(point: PointDefinition): PointDefinition {
  return { ...point, offset: MODEL_HEADER_SIZE + point.offset };
}

function findModel(root: XmlElement, faults: SmdxFaults): XmlElement | undefined {
  if (root.name !== "sunSpecModels") {
    faults.add(root, "", "must be sunSpecModels");
    return undefined;
  }
  const [model, second] = root.children.filter(({ name }) => name === "model");
  if (model === undefined) faults.add(root, "", "contains no model; expected one");
  if (second !== undefined) {
    faults.add(second, "", "is the second model; expected one model per file");
  }
  return second === undefined ? model : undefined;
}

interface Blocks {
  fixed?: XmlElement;
  repeating?: XmlElement;
}

function findBlocks(model: XmlElement, faults: SmdxFaults): Blocks {
  const found: Blocks = {};
  for (const element of model.children) {
    if (element.name !== "block") {
      if (!TEXTS.has(element.name)) {
        faults.add(element, "", "is unknown; expected block");
      }
      continue;
    }
    const text = attributeOf(element, "type") ?? "fixed";
    const type = BLOCK_TYPES.find((each) => each === text);
    if (type === undefined) {
      faults.add(element, "type", `is ${quoteText(text)}; expected fixed or repeating`);
    } else if (found[type] !== undefined) {
      faults.add(element, "", `is the second ${type} block, a model has at most one`);
    } else {
      found[type] = element;
    }
  }
  return found;
}

/** The points of a block and the number of its registers, including gaps. */
interface Block {
  readonly points: readonly PointDefinition[];
  readonly size: number;
}

function parseBlock(
  element: XmlElement,
  around: EnclosingPoints,
  faults: SmdxFaults,
): Block {
  const elements: XmlElement[] = [];
  for (const child of element.children) {
    if (child.name === "point") elements.push(child);
    else if (!TEXTS.has(child.name)) {
      faults.add(child, "", "is unknown; expected point");
    }
  }
  const points = parseSmdxPoints(elements, around, faults);
  const end = points.reduce(
    (most, { offset, size }) => Math.max(most, offset + size),
    0,
  );
  const size = integerAttribute(element, "len", 0, BLOCK_SIZE_MAX, faults);
  if (size !== undefined && size < end) {
    faults.add(element, "len", `is ${size}, but its points take ${end} registers`);
  }
  return { points, size: size ?? end };
}

function parseRepeating(
  element: XmlElement,
  top: GroupDefinition,
  faults: SmdxFaults,
): GroupDefinition {
  const name = nameOf(element, "repeating", faults);
  const { points, size } = parseBlock(
    element,
    { siblings: [], outer: top.points },
    faults,
  );
  if (size === 0) {
    faults.add(
      element,
      "",
      "has no registers; a repeating block must have at least one",
    );
  }
  if (top.points.some((point) => point.name === name)) {
    faults.add(
      element,
      "name",
      `is ${quoteText(name)}, the name of a point of the fixed block`,
    );
  }
  return { name, count: 0, size, points, groups: [] };
}

/** The `len` of a model includes each block once, without ID and L. */
function checkLength(
  model: XmlElement,
  top: GroupDefinition,
  groups: readonly GroupDefinition[],
  faults: SmdxFaults,
): void {
  const length = integerAttribute(model, "len", 0, BLOCK_SIZE_MAX, faults);
  const fixed = top.size - MODEL_HEADER_SIZE;
  const both = fixed + (groups[0]?.size ?? 0);
  if (length === undefined || length === both) return;
  faults.add(model, "len", `is ${length}, but its blocks take ${both} registers`);
}

function nameOf(element: XmlElement, other: string, faults: SmdxFaults): string {
  const name = attributeOf(element, "name");
  return name === undefined ? other : faults.checkedName(element, "name", name);
}
