/**
 * Judges the files that a configuration names. Pure.
 *
 * @module
 */

import type { Result } from "../../base/result.ts";
import type { ConfigPath } from "./problem.ts";
import type { Ruling } from "./rule_violation.ts";

/** What a file is named for. */
export type NamedFile = "certificate" | "key" | "password";

const WANTED: Readonly<Record<NamedFile, string>> = {
  certificate: "a file with certificates in PEM (-----BEGIN CERTIFICATE-----)",
  key: "a file with a private key in PEM (-----BEGIN PRIVATE KEY-----)",
  password: "a file with one line, the password",
};

const LOOKS_RIGHT: Readonly<Record<NamedFile, RegExp>> = {
  certificate: /^-----BEGIN (?:X509 |TRUSTED )?CERTIFICATE-----/m,
  key: /^-----BEGIN (?:[A-Z]+ )?PRIVATE KEY-----/m,
  password: /^[^\r\n]+$/,
};

/** Permission bit: everybody may read it. */
const READABLE_BY_ALL = 0o004;

/** A file that was read, or in words why it was not. */
export type ReadFile = Result<
  { readonly text: string; readonly mode: number | null },
  string
>;

/** What the file holds (null if it will not do), and what is wrong with it. Its content is never said. */
export function judgeFile(
  kind: NamedFile,
  path: ConfigPath,
  name: string,
  file: ReadFile,
): { readonly text: string | null; readonly rulings: readonly Ruling[] } {
  const wanted = WANTED[kind];
  const shown = JSON.stringify(name);
  if (!file.ok) {
    const found = `${shown}: ${file.fault}`;
    return {
      text: null,
      rulings: [{ severity: "error", path, found, wanted, hint: null }],
    };
  }
  const text = kind === "password"
    ? file.value.text.replace(/\r?\n$/, "")
    : file.value.text;
  if (!LOOKS_RIGHT[kind].test(text)) {
    const found = `${shown}: ${
      text.trim() === "" ? "an empty file" : "something else"
    }`;
    return {
      text: null,
      rulings: [{ severity: "error", path, found, wanted, hint: null }],
    };
  }
  const open = ((file.value.mode ?? 0) & READABLE_BY_ALL) !== 0;
  if (kind === "certificate" || !open) return { text, rulings: [] };
  const found = `${shown}: a secret that every user of this machine can read`;
  return {
    text,
    rulings: [{
      severity: "warning",
      path,
      found,
      wanted: "a file that the agent's user alone can read",
      hint: `chmod o-r ${name}`,
    }],
  };
}
