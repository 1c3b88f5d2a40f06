/**
 * Fits text into the columns of a terminal. Pure.
 *
 * @module
 */

import stringWidth from "string-width";

const GRAPHEMES = new Intl.Segmenter("en", { granularity: "grapheme" });
const ELLIPSIS = "…";
/** Indent of the second and later lines of a wrapped text. */
const CONTINUATION = "  ";

/**
 * Counts the columns that a string occupies on a terminal: wide characters count as
 * two, combining characters as zero.
 */
export function displayWidth(text: string): number {
  return stringWidth(text);
}

/**
 * Replaces control and format characters by `?`, so that text from a device can
 * neither move the cursor nor change the direction of the line.
 */
export function clean(text: string): string {
  return text.replaceAll(/\p{C}/gu, "?");
}

/** Shortens a text to at most `width` columns; an ellipsis marks the cut. */
export function cut(text: string, width: number): string {
  if (displayWidth(text) <= width) return text;
  return `${split(text, Math.max(0, width - 1))[0]}${ELLIPSIS}`;
}

/**
 * Breaks a text at spaces into lines of at most `width` columns. The second and
 * later lines are indented. A word longer than a line is broken where the line ends.
 */
export function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = "";
  for (let word of clean(text).split(" ")) {
    const joined = line === "" ? word : `${line} ${word}`;
    if (displayWidth(joined) <= width) {
      line = joined;
      continue;
    }
    if (line.trim() !== "") lines.push(line);
    line = `${lines.length === 0 ? "" : CONTINUATION}${word}`;
    while (displayWidth(line) > width) {
      const [head, rest] = split(line, width);
      if (head.trim() === "") break; // not even one character fits
      lines.push(head);
      word = rest;
      line = `${CONTINUATION}${word}`;
    }
  }
  return [...lines, line];
}

/** Splits a text where its first part reaches `width` columns. */
function split(text: string, width: number): readonly [head: string, rest: string] {
  let end = 0;
  let columns = 0;
  for (const { segment, index } of GRAPHEMES.segment(text)) {
    columns += displayWidth(segment);
    if (columns > width) break;
    end = index + segment.length;
  }
  // A single grapheme can be wider than the line: musical symbols with combining parts.
  if (text.slice(0, end).trim() === "") end = codePointsThatFit(text, width);
  return [text.slice(0, end), text.slice(end)];
}

/** Length of the longest prefix of whole code points that fits. */
function codePointsThatFit(text: string, width: number): number {
  let end = 0;
  for (const character of text) {
    if (displayWidth(text.slice(0, end + character.length)) > width) break;
    end += character.length;
  }
  return end;
}
