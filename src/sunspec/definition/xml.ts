/**
 * Parses XML into a tree of elements; the adapter to the package `saxes`.
 *
 * The number and depth of elements are bounded. A document type declaration is refused,
 * so only the five predefined entities exist: nothing can expand, and nothing outside
 * the text is fetched.
 *
 * Source: Extensible Markup Language (XML) 1.0, fifth edition.
 *
 * @module
 */

import { SaxesParser } from "saxes";
import { bad, good, type Result } from "../../base/result.ts";

/** An element of an XML document. */
export interface XmlElement {
  readonly name: string;
  /** By name; entities are resolved. */
  readonly attributes: ReadonlyMap<string, string>;
  /** Line on which it starts, counted from 1. */
  readonly line: number;
  readonly children: readonly XmlElement[];
  /** Its own text, without that of its children. */
  readonly text: string;
}

/** Why a text is refused. */
export interface XmlFault {
  /** Counted from 1. */
  readonly line: number;
  /** What was found and what is expected. */
  readonly message: string;
}

/** Maximum number of elements of a document. */
export const ELEMENTS_MAX = 50_000;
/** Maximum nesting depth of elements. */
export const ELEMENT_DEPTH_MAX = 32;
/** Characters passed to the parser at once; bounds what is read after a fault. */
const CHUNK_SIZE = 16_384;

interface OpenElement extends XmlElement {
  readonly children: XmlElement[];
  text: string;
}

/**
 * Parses an XML document.
 *
 * @param text decoded text; an encoding in its XML declaration is ignored. The caller
 * limits its length.
 * @returns the root element, or the first fault; never throws.
 */
export function parseXml(text: string): Result<XmlElement, XmlFault> {
  const parser = new SaxesParser({ position: true });
  const open: OpenElement[] = [];
  let root: XmlElement | undefined;
  let fault: XmlFault | undefined;
  let elements = 0;
  let line = 1;

  function refuse(message: string, at = parser.line): void {
    fault ??= { line: at, message };
  }

  parser.on("error", ({ message }) => refuse(withoutPosition(message)));
  parser.on("doctype", () => refuse("has a DOCTYPE, which is not permitted"));
  parser.on("opentagstart", () => {
    // The parser has read the character after the name, which may be a line break.
    line = parser.column === 0 ? parser.line - 1 : parser.line;
  });
  parser.on("opentag", ({ name, attributes }) => {
    if (fault !== undefined) return;
    const element: OpenElement = {
      name,
      attributes: new Map(Object.entries(attributes)),
      line,
      children: [],
      text: "",
    };
    if (++elements > ELEMENTS_MAX) {
      return refuse(`has more than ${ELEMENTS_MAX} elements`, line);
    }
    if (open.length >= ELEMENT_DEPTH_MAX) {
      return refuse(`nests elements deeper than ${ELEMENT_DEPTH_MAX}`, line);
    }
    open.at(-1)?.children.push(element);
    root ??= element;
    open.push(element);
  });
  parser.on("closetag", () => void open.pop());
  const addText = (piece: string): void => {
    const element = open.at(-1);
    if (element !== undefined) element.text += piece;
  };
  parser.on("text", addText);
  parser.on("cdata", addText);

  // The package throws on a surrogate without its other half.
  const wellFormed = text.toWellFormed();
  for (let at = 0; at < wellFormed.length && fault === undefined; at += CHUNK_SIZE) {
    parser.write(wellFormed.slice(at, at + CHUNK_SIZE));
  }
  if (fault === undefined) parser.close();
  if (fault !== undefined) return bad(fault);
  return root === undefined ? bad({ line: 1, message: "has no element" }) : good(root);
}

/** Removes the `line:column: ` that the package puts before its messages. */
function withoutPosition(message: string): string {
  return `is not well-formed XML: ${
    message.replace(/^\d+:\d+: /, "").replace(/\.$/, "")
  }`;
}
