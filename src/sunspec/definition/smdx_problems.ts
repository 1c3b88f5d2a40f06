/**
 * What is found wrong while an SMDX document is read, and how its attributes
 * are read.
 *
 * @module
 */

import { type DefinitionFault, FAULTS_MAX, isName } from "./json_definition.ts";
import type { XmlElement } from "./xml.ts";

/** Collects faults. */
export interface Notes {
  /** At most {@linkcode FAULTS_MAX}. */
  readonly faults: readonly DefinitionFault[];
  /**
   * Adds a fault.
   *
   * @param attribute of the element; empty = the element itself.
   */
  add(element: XmlElement, attribute: string, message: string): void;
  /** The name as it is, and a fault if it is none that a point or group may have. */
  name(element: XmlElement, attribute: string, name: string): string;
}

/** Makes an empty list. */
export function createNotes(): Notes {
  const faults: DefinitionFault[] = [];
  function add(element: XmlElement, attribute: string, message: string): void {
    if (faults.length >= FAULTS_MAX) return;
    const place = `line ${element.line}, ${describe(element)}`;
    faults.push({
      place: attribute === "" ? place : `${place}, ${attribute}`,
      message,
    });
  }
  function name(element: XmlElement, attribute: string, text: string): string {
    if (!isName(text)) {
      add(
        element,
        attribute,
        `is ${show(text)}, must be letters, digits, "_", "-" or ".", a letter first`,
      );
    }
    return text;
  }
  return { faults, add, name };
}

/** An element with the id by which a reader finds it, such as `point W`. */
function describe(element: XmlElement): string {
  const id = attributeOf(element, element.name === "block" ? "type" : "id");
  const name = element.name.slice(0, 40);
  return id === undefined || !isName(id) && !/^\d{1,5}$/.test(id)
    ? name
    : `${name} ${id}`;
}

/** An attribute without the spaces around; an empty one counts as not there. */
export function attributeOf(element: XmlElement, name: string): string | undefined {
  const text = element.attributes.get(name)?.trim();
  return text === "" ? undefined : text;
}

/** A whole number of an attribute; undefined = not there, or a fault was added. */
export function wholeOf(
  element: XmlElement,
  attribute: string,
  least: number,
  most: number,
  notes: Notes,
): number | undefined {
  const text = attributeOf(element, attribute);
  if (text === undefined) return undefined;
  const value = /^[+-]?\d{1,9}$/.test(text) ? Number(text) : NaN;
  if (value >= least && value <= most) return value;
  notes.add(
    element,
    attribute,
    `is ${show(text)}, must be a whole number from ${least} to ${most}`,
  );
  return undefined;
}

/** What was found, short enough for a message. */
export function show(text: string): string {
  return JSON.stringify(text.slice(0, 60));
}
