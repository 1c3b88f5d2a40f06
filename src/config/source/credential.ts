/**
 * Files passed in by systemd: `credential:NAME` in the place of a path is the file NAME
 * of the service's credentials (`LoadCredential=`, see systemd.exec(5),
 * "Credentials"). Pure.
 *
 * @module
 */

import { bad, good, type Result } from "../../base/result.ts";
import type { Violation } from "../check/violation.ts";

const PREFIX = "credential:";

/** The names that systemd accepts: file names without a colon. */
const NAME = /^(?!\.\.?$)[^\p{C}\s/:]{1,255}$/u;

/** Whether a value names a credential instead of a path. */
export function isCredential(value: string): boolean {
  return value.startsWith(PREFIX);
}

/** Why a credential cannot be looked up. */
export interface CredentialFault extends Pick<Violation, "found" | "wanted" | "hint"> {
  /**
   * `outside`: the process was not started by systemd, as when a user runs a command.
   */
  readonly kind: "name" | "outside";
}

/** The path of a credential's file. */
export function credentialPath(
  value: string,
  env: Readonly<Record<string, string>>,
): Result<string, CredentialFault> {
  const name = value.slice(PREFIX.length);
  if (!NAME.test(name)) {
    return bad({
      kind: "name",
      found: JSON.stringify(value),
      wanted: `"${PREFIX}NAME" with a file name without colons`,
      hint: null,
    });
  }
  const folder = env["CREDENTIALS_DIRECTORY"] ?? "";
  if (folder === "") {
    return bad({
      kind: "outside",
      found: `the credential ${name} but no CREDENTIALS_DIRECTORY`,
      wanted: "a process started by systemd with this credential",
      hint: `Set LoadCredential=${name}:/path/of/the/file in the unit.`,
    });
  }
  return good(`${folder}/${name}`);
}
