/**
 * Steps over the pieces of a TOML text (TOML 1.0 and 1.1) that the parser has
 * accepted. It never fails: on a text that is no TOML it only loses its way,
 * always forwards.
 *
 * @module
 */

/** A place in a text, and how to move it on. */
export interface Scanner {
  /** Line of the place, from 1. */
  readonly line: number;
  readonly atEnd: boolean;
  /** The character here; empty at the end. */
  peek(): string;
  /** Steps over `count` characters. */
  skip(count: number): void;
  /** Steps over blanks, and over line ends and comments too if `lines`. */
  skipBlank(lines: boolean): void;
  /** Steps over a dotted key and gives its parts: `a."b c".d`. */
  key(): string[];
  /** Steps over a string, or over a number, date or truth value. */
  scalar(): void;
  /** Steps over what is left of the line. */
  restOfLine(): void;
}

const BARE = /[A-Za-z0-9_-]+/y;
const PLAIN = /[^,\]}#\r\n]*/y;
const ESCAPE = /\\(?:x([0-9A-Fa-f]{2})|u([0-9A-Fa-f]{4})|U([0-9A-Fa-f]{8})|([^]))/g;
const ESCAPED: Readonly<Record<string, string>> = {
  b: "\b",
  t: "\t",
  n: "\n",
  f: "\f",
  r: "\r",
  e: "\x1b",
};

/** Begins at the start of a text. */
export function createScanner(text: string): Scanner {
  let at = text.startsWith("\uFEFF") ? 1 : 0;
  let line = 1;

  function skip(count: number): void {
    const end = Math.min(at + count, text.length);
    for (; at < end; at++) if (text[at] === "\n") line++;
  }

  function match(pattern: RegExp): string {
    pattern.lastIndex = at;
    const found = pattern.exec(text)?.[0] ?? "";
    skip(found.length);
    return found;
  }

  /** Steps over a string that begins here; its content as it is written. */
  function quoted(): string {
    const quote = text[at] ?? "";
    const fence = text.startsWith(quote.repeat(3), at) ? quote.repeat(3) : quote;
    skip(fence.length);
    const start = at;
    while (at < text.length && !text.startsWith(fence, at)) {
      skip(quote === '"' && text[at] === "\\" ? 2 : 1);
    }
    const end = at;
    skip(fence.length);
    // A multi-line string may end in up to two quotes of its own before the fence.
    if (fence.length === 3) {
      for (let n = 0; n < 2 && text[at] === quote; n++) {
        skip(1);
      }
    }
    return text.slice(start, end);
  }

  return {
    get line() {
      return line;
    },
    get atEnd() {
      return at >= text.length;
    },
    peek: () => text[at] ?? "",
    skip,
    skipBlank(lines): void {
      for (;;) {
        match(lines ? /[ \t\r\n]*/y : /[ \t]*/y);
        if (!lines || text[at] !== "#") return;
        match(/[^\n]*/y);
      }
    },
    key(): string[] {
      const parts: string[] = [];
      while (at < text.length) {
        this.skipBlank(false);
        if (text[at] === '"') parts.push(unescape(quoted()));
        else if (text[at] === "'") parts.push(quoted());
        else parts.push(match(BARE));
        this.skipBlank(false);
        if (text[at] !== ".") break;
        skip(1);
      }
      return parts;
    },
    scalar(): void {
      if (text[at] === '"' || text[at] === "'") quoted();
      else match(PLAIN);
    },
    restOfLine: () => void match(/[^\n]*\n?/y),
  };
}

function unescape(text: string): string {
  return text.replaceAll(
    ESCAPE,
    (_, two?: string, four?: string, eight?: string, letter = "") => {
      const digits = two ?? four ?? eight;
      if (digits === undefined) return ESCAPED[letter] ?? letter;
      const code = parseInt(digits, 16);
      return code <= 0x10ffff ? String.fromCodePoint(code) : "\uFFFD";
    },
  );
}
