/**
 * Reads a model definition in SunSpec's XML form (SMDX).
 *
 * Source: SunSpec Information Model Specification 1.x, "SMDX"; the schema in
 * github.com/sunspec/models, `smdx/smdx.xsd`; how its blocks become groups:
 * SunSpec Device Information Model Specification 1.2, "Model Definition".
 *
 * @module
 */

import { bad, good, type Result } from "../../base/result.ts";
import {
  type GroupDefinition,
  HEADER_SIZE,
  type ModelDefinition,
  type PointDefinition,
} from "./definition.ts";
import type { DefinitionFault } from "./json_definition.ts";
import {
  attributeOf,
  createNotes,
  type Notes,
  show,
  wholeOf,
} from "./smdx_problems.ts";
import { type Around, parsePoints } from "./smdx_point.ts";
import type { XmlElement } from "./xml.ts";

/** Every model begins with them; SMDX leaves them out. */
const HEADER: readonly PointDefinition[] = [
  { name: "ID", type: "uint16", size: 1, offset: 0, static: true, mandatory: true },
  { name: "L", type: "uint16", size: 1, offset: 1, static: true, mandatory: true },
];
/** Elements beside the blocks that say nothing about registers. */
const TEXTS: ReadonlySet<string> = new Set(
  ["comment", "description", "label", "notes", "strings"],
);
const BLOCK_TYPES = ["fixed", "repeating"] as const;
const BLOCK_SIZE_MAX = 65_535;

/**
 * Turns SunSpec's XML form (already parsed) into a definition.
 *
 * The fixed block follows the model's id and length in the top-level group; the
 * repeating block is a group inside that repeats to the end of L. Texts for
 * people (`strings`) are left out.
 *
 * @param root the element `sunSpecModels`, with one `model` inside.
 * @returns the definition, or every fault with its place (at most 50); never throws.
 */
export function parseSmdx(
  root: XmlElement,
): Result<ModelDefinition, readonly DefinitionFault[]> {
  const notes = createNotes();
  const model = findModel(root, notes);
  if (model === undefined) return bad(notes.faults);
  const id = wholeOf(model, "id", 1, 65_534, notes);
  if (attributeOf(model, "id") === undefined) {
    notes.add(model, "id", "is missing, must be a whole number from 1 to 65534");
  }
  const name = nameOf(model, `model_${id ?? ""}`, notes);
  const blocks = findBlocks(model, notes);
  const fixed = blocks.fixed === undefined
    ? { points: [], size: 0 }
    : parseBlock(blocks.fixed, { siblings: HEADER, outer: [] }, notes);
  const top: GroupDefinition = {
    name,
    count: 1,
    size: HEADER_SIZE + fixed.size,
    points: [...HEADER, ...fixed.points.map(afterHeader)],
    groups: [],
  };
  const groups = blocks.repeating === undefined
    ? []
    : [parseRepeating(blocks.repeating, top, notes)];
  checkLength(model, top, groups, notes);
  if (notes.faults.length > 0 || id === undefined) return bad(notes.faults);
  return good({ id, name, group: { ...top, groups } });
}

function afterHeader(point: PointDefinition): PointDefinition {
  return { ...point, offset: HEADER_SIZE + point.offset };
}

function findModel(root: XmlElement, notes: Notes): XmlElement | undefined {
  if (root.name !== "sunSpecModels") {
    notes.add(root, "", "must be sunSpecModels");
    return undefined;
  }
  const [model, second] = root.children.filter(({ name }) => name === "model");
  if (model === undefined) notes.add(root, "", "has no model inside, must have one");
  if (second !== undefined) {
    notes.add(second, "", "is the second model, a text must have one");
  }
  return second === undefined ? model : undefined;
}

interface Blocks {
  fixed?: XmlElement;
  repeating?: XmlElement;
}

function findBlocks(model: XmlElement, notes: Notes): Blocks {
  const found: Blocks = {};
  for (const element of model.children) {
    if (element.name !== "block") {
      if (!TEXTS.has(element.name)) notes.add(element, "", "is unknown, must be block");
      continue;
    }
    const said = attributeOf(element, "type") ?? "fixed";
    const type = BLOCK_TYPES.find((each) => each === said);
    if (type === undefined) {
      notes.add(element, "type", `is ${show(said)}, must be fixed or repeating`);
    } else if (found[type] !== undefined) {
      notes.add(element, "", `is the second ${type} block, a model has at most one`);
    } else {
      found[type] = element;
    }
  }
  return found;
}

/** A block's points and its registers, gaps and what stands after the last point included. */
interface Block {
  readonly points: readonly PointDefinition[];
  readonly size: number;
}

function parseBlock(element: XmlElement, around: Around, notes: Notes): Block {
  const elements: XmlElement[] = [];
  for (const child of element.children) {
    if (child.name === "point") elements.push(child);
    else if (!TEXTS.has(child.name)) {
      notes.add(child, "", "is unknown, must be point");
    }
  }
  const points = parsePoints(elements, around, notes);
  const end = points.reduce(
    (most, { offset, size }) => Math.max(most, offset + size),
    0,
  );
  const said = wholeOf(element, "len", 0, BLOCK_SIZE_MAX, notes);
  if (said !== undefined && said < end) {
    notes.add(element, "len", `is ${said}, but its points take ${end} registers`);
  }
  return { points, size: said ?? end };
}

function parseRepeating(
  element: XmlElement,
  top: GroupDefinition,
  notes: Notes,
): GroupDefinition {
  const name = nameOf(element, "repeating", notes);
  const { points, size } = parseBlock(
    element,
    { siblings: [], outer: top.points },
    notes,
  );
  if (size === 0) {
    notes.add(element, "", "has no registers, a repeating block must have some");
  }
  if (top.points.some((point) => point.name === name)) {
    notes.add(element, "name", `is ${show(name)}, as is a point of the fixed block`);
  }
  return { name, count: 0, size, points, groups: [] };
}

/** The model's `len` counts both blocks once, without id and length. */
function checkLength(
  model: XmlElement,
  top: GroupDefinition,
  groups: readonly GroupDefinition[],
  notes: Notes,
): void {
  const said = wholeOf(model, "len", 0, BLOCK_SIZE_MAX, notes);
  const fixed = top.size - HEADER_SIZE;
  const both = fixed + (groups[0]?.size ?? 0);
  if (said === undefined || said === both) return;
  notes.add(model, "len", `is ${said}, but its blocks take ${both} registers`);
}

function nameOf(element: XmlElement, other: string, notes: Notes): string {
  const name = attributeOf(element, "name");
  return name === undefined ? other : notes.name(element, "name", name);
}
