/**
 * From XML text to a tree of elements: the door to the package that parses.
 *
 * Bounded in text, elements and depth. A document type declaration is refused,
 * so there are no entities but the five of XML itself: nothing can expand, and
 * nothing outside the text is ever fetched.
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
  /** By name, as written, entities resolved. */
  readonly attributes: ReadonlyMap<string, string>;
  /** Line of the text on which it begins, from 1 on. */
  readonly line: number;
  readonly children: readonly XmlElement[];
  /** What stands directly in it, without the elements inside. */
  readonly text: string;
}

/** Why a text is no XML that we read. */
export interface XmlFault {
  /** From 1 on. */
  readonly line: number;
  /** What was found and what is wanted, in words. */
  readonly message: string;
}

/** No document has more elements. */
export const ELEMENTS_MAX = 50_000;
/** No document nests elements deeper. */
export const ELEMENT_DEPTH_MAX = 32;
/** Characters given to the parser at once: after a fault no more than this is still read. */
const CHUNK_SIZE = 16_384;

interface OpenElement extends XmlElement {
  readonly children: XmlElement[];
  text: string;
}

/**
 * Parses an XML document.
 *
 * @param text already decoded; what its declaration says of an encoding is
 * not heeded. Its length is for the caller to bound.
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
  parser.on("doctype", () => refuse("has a DOCTYPE, which is not allowed here"));
  parser.on("opentagstart", () => {
    // The character after the name is read already; it may have ended the line.
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

  for (let at = 0; at < text.length && fault === undefined; at += CHUNK_SIZE) {
    parser.write(text.slice(at, at + CHUNK_SIZE));
  }
  if (fault === undefined) parser.close();
  if (fault !== undefined) return bad(fault);
  return root === undefined ? bad({ line: 1, message: "has no element" }) : good(root);
}

/** The package puts `line:column: ` before what it says. */
function withoutPosition(message: string): string {
  return `is no XML: ${message.replace(/^\d+:\d+: /, "").replace(/\.$/, "")}`;
}
