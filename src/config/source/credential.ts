/**
 * Files that systemd hands in: `credential:NAME` in place of a path is the file
 * NAME of the service's own credentials (`LoadCredential=` and its like, see
 * systemd.exec(5), "Credentials"). Pure.
 *
 * @module
 */

import { bad, good, type Result } from "../../base/result.ts";
import type { Finding } from "../check/shape.ts";

const PREFIX = "credential:";

/** What systemd takes as a name: of a file, and without a colon. */
const NAME = /^(?!\.\.?$)[^\p{C}\s/:]{1,255}$/u;

/** Whether a value names a credential instead of a path. */
export function isCredential(value: string): boolean {
  return value.startsWith(PREFIX);
}

/** Why a credential cannot be looked up. */
export interface CredentialFault extends Pick<Finding, "found" | "wanted" | "hint"> {
  /** `outside`: nobody hands credentials in here, as when a person calls a command. */
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
      wanted: `"${PREFIX}NAME" with a name that systemd takes`,
      hint: null,
    });
  }
  const folder = env["CREDENTIALS_DIRECTORY"] ?? "";
  if (folder === "") {
    return bad({
      kind: "outside",
      found: `the credential ${name}, and no CREDENTIALS_DIRECTORY`,
      wanted: "to be started by systemd, which hands it in",
      hint: `LoadCredential=${name}:/path/of/the/file in the unit`,
    });
  }
  return good(`${folder}/${name}`);
}
