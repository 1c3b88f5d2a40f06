/**
 * How the flags of a model or a record are listed.
 *
 * @module
 */

/** Where lines of the listing are added. */
export interface Listing {
  /** Spaces before each line. */
  readonly indent: string;
  /** Start of the key of each line. */
  readonly path: string;
  /** Lists what has no value, too. */
  readonly all: boolean;
  readonly add: (key: string, text: string, heading?: true) => void;
}

/** Number of unread points that are listed by name, unless all are asked for. */
const UNREAD_SHOWN = 5;

/** Lists the flags, a line each; what was not read is one line. */
export function listFlagLines(
  flags: readonly { readonly path: string; readonly reason: string }[],
  { indent, path: key, all, add }: Listing,
): void {
  const unread = flags.filter(({ reason }) => reason === "register-unread")
    .map(({ path }) => path);
  for (const { path, reason } of flags) {
    if (reason === "register-unread") continue;
    const place = path === "" ? "whole model" : path;
    add(`${key}! ${path} ${reason}`, `${indent}! ${place}: ${reason}`);
  }
  if (unread.length === 0) return;
  const shown = all ? unread : unread.slice(0, UNREAD_SHOWN);
  const more = unread.length - shown.length;
  add(
    `${key}! register-unread`,
    `${indent}! not read: ${shown.join(", ")}${more > 0 ? ` and ${more} more` : ""}`,
  );
}
