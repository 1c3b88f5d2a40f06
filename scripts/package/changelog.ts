/**
 * Writes the Debian changelog from CHANGELOG.md (deb-changelog(5)). Pure.
 *
 * @module
 */

import type { Source } from "./source.ts";

/** Maintainer of the package. */
export const MAINTAINER =
  "sunspec-collector authors <sunspec-collector@packages.example.org>";

const COLUMNS = 78;

/** One entry per version of `markdown`; each has the date of the source, because the text has no dates. */
export function debianChangelog(markdown: string, { epochS }: Source): string {
  const date = new Date(epochS * 1000).toUTCString().replace("GMT", "+0000");
  return markdown.split(/^## /m).slice(1).map((section) => {
    const [heading = "", ...lines] = section.split("\n");
    const version = heading.split(" ")[0];
    const changes = lines.join("\n").split(/^- /m).slice(1)
      .map((text) => wrap(text.replaceAll("`", "").split(/\s+/).filter(Boolean)));
    return [
      `sunspec-collector (${version}) stable; urgency=medium`,
      "",
      ...changes,
      "",
      ` -- ${MAINTAINER}  ${date}`,
      "",
    ].join("\n");
  }).join("\n");
}

function wrap(words: readonly string[]): string {
  const lines: string[] = [];
  let line = "  *";
  for (const word of words) {
    if (line.length + 1 + word.length > COLUMNS) {
      lines.push(line);
      line = "   ";
    }
    line += ` ${word}`;
  }
  return [...lines, line].join("\n");
}
