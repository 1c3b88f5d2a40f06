/**
 * Collects the faults of an SMDX document and reads the attributes of its elements.
 *
 * @module
 */

import { type DefinitionFault, FAULTS_MAX, isPointName } from "./definition_rules.ts";
import type { XmlElement } from "./xml.ts";

/** The faults found so far. */
export interface SmdxFaults {
  /** At most {@linkcode FAULTS_MAX}. */
  readonly list: readonly DefinitionFault[];
  /**
   * Adds a fault.
   *
   * @param attribute name of an attribute; empty = the element itself.
   */
  add(element: XmlElement, attribute: string, message: string): void;
  /** Returns the name; adds a fault if it is not a valid name of a point or a group. */
  checkedName(element: XmlElement, attribute: string, name: string): string;
}

/** Makes an empty collection. */
export function createSmdxFaults(): SmdxFaults {
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
    if (!isPointName(text)) {
      add(
        element,
        attribute,
        `is ${
          quoteText(text)
        }; expected letters, digits, "_", "-" or ".", starting with a letter`,
      );
    }
    return text;
  }
  return { list: faults, add, checkedName: name };
}

/** The name of an element and its id, such as `point W`. */
function describe(element: XmlElement): string {
  const id = attributeOf(element, element.name === "block" ? "type" : "id");
  const name = element.name.slice(0, 40);
  return id === undefined || !isPointName(id) && !/^\d{1,5}$/.test(id)
    ? name
    : `${name} ${id}`;
}

/** The value of an attribute, trimmed; undefined = absent or empty. */
export function attributeOf(element: XmlElement, name: string): string | undefined {
  const text = element.attributes.get(name)?.trim();
  return text === "" ? undefined : text;
}

/** The integer value of an attribute; undefined = absent, or not valid and a fault was added. */
export function integerAttribute(
  element: XmlElement,
  attribute: string,
  min: number,
  max: number,
  faults: SmdxFaults,
): number | undefined {
  const text = attributeOf(element, attribute);
  if (text === undefined) return undefined;
  const value = /^[+-]?\d{1,9}$/.test(text) ? Number(text) : NaN;
  if (value >= min && value <= max) return value;
  faults.add(
    element,
    attribute,
    `is ${quoteText(text)}; expected an integer from ${min} to ${max}`,
  );
  return undefined;
}

/** A text in quotes, shortened for a message. */
export function quoteText(text: string): string {
  return JSON.stringify(text.slice(0, 60));
}
