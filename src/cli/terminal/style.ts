/**
 * Colours of text on a terminal. Pure.
 *
 * @module
 */

/** How to render text. */
export interface TextStyle {
  /** Columns of the terminal. */
  readonly width: number;
  /** Whether to use ANSI colours; see {@linkcode wantsColour}. */
  readonly colour: boolean;
}

/** How a text is emphasised. */
export type Tone = "plain" | "dim" | "bold" | "good" | "bad";

/** Parameter of the escape sequence "Select Graphic Rendition" (ECMA-48, 8.3.117). */
const SGR: Readonly<Record<Tone, string>> = {
  plain: "",
  dim: "2",
  bold: "1",
  good: "32",
  bad: "31",
};

/** Lower limit of the width: a narrower terminal is treated as one of this width. */
const WIDTH_MIN = 20;

/** Whether to use colours: on a terminal, unless `NO_COLOR` is not empty (no-color.org). */
export function wantsColour(isTerminal: boolean, noColor: string | undefined): boolean {
  return isTerminal && (noColor === undefined || noColor === "");
}

/** Adds the escape sequences of a tone if the style has colours. */
export function paint(text: string, tone: Tone, { colour }: TextStyle): string {
  return colour && tone !== "plain" && text !== ""
    ? `\x1b[${SGR[tone]}m${text}\x1b[0m`
    : text;
}

/** The maximum width of a line, in columns. */
export function lineWidth({ width }: TextStyle): number {
  return Math.max(Math.floor(width), WIDTH_MIN);
}
