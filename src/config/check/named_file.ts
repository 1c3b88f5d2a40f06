/**
 * Checks the files that a configuration names. Pure.
 *
 * @module
 */

import type { Result } from "../../base/result.ts";
import type { ConfigPath } from "./problem.ts";
import { errorAt, type Violation, warningAt } from "./violation.ts";

/** The content that a named file must have. */
export type NamedFile = "certificate" | "key" | "password";

const WANTED: Readonly<Record<NamedFile, string>> = {
  certificate: "a file with certificates in PEM (-----BEGIN CERTIFICATE-----)",
  key: "a file with a private key in PEM (-----BEGIN PRIVATE KEY-----)",
  password: "a file with one line, the password",
};

const PATTERN: Readonly<Record<NamedFile, RegExp>> = {
  certificate: /^-----BEGIN (?:X509 |TRUSTED )?CERTIFICATE-----/m,
  key: /^-----BEGIN (?:[A-Z]+ )?PRIVATE KEY-----/m,
  password: /^[^\r\n]+$/,
};

/** Permission bit: readable by every user. */
const READABLE_BY_ALL = 0o004;

/** The content of a file, or why it could not be read. */
export type FileContent = Result<
  { readonly text: string; readonly mode: number | null },
  string
>;

/**
 * Checks a file. Messages never contain any of its content.
 *
 * @returns `text` is null if the file cannot be used.
 */
export function checkNamedFile(
  kind: NamedFile,
  path: ConfigPath,
  name: string,
  file: FileContent,
): { readonly text: string | null; readonly violations: readonly Violation[] } {
  const wanted = WANTED[kind];
  const shown = JSON.stringify(name);
  if (!file.ok) {
    const violation = errorAt(path, `${shown} (${file.fault})`, wanted);
    return { text: null, violations: [violation] };
  }
  const text = kind === "password"
    ? file.value.text.replace(/\r?\n$/, "")
    : file.value.text;
  if (!PATTERN[kind].test(text)) {
    const content = text.trim() === "" ? "an empty file" : "other content";
    return { text: null, violations: [errorAt(path, `${shown} (${content})`, wanted)] };
  }
  const isOpen = ((file.value.mode ?? 0) & READABLE_BY_ALL) !== 0;
  if (kind === "certificate" || !isOpen) return { text, violations: [] };
  const violation = warningAt(
    path,
    `${shown}, a secret that every user of this machine can read`,
    "a file that only the agent's user can read",
    `Run: chmod o-r ${name}`,
  );
  return { text, violations: [violation] };
}
