/**
 * Masks secrets in log fields. Pure.
 *
 * @module
 */

import type { LogFields, LogValue } from "../../base/log.ts";
import { MASK } from "../../base/secret.ts";

/** Names of fields whose values are secret. */
const SECRET_NAME = /passw|secret|token|credential|private_?key|passphrase/i;

/** `user:password@host` in a text. */
const PASSWORD_IN_ADDRESS = /([\w.+-]*):[^:@/\s]+@/g;

/** The query of a URL: some services expect their key there. */
const QUERY_OF_URL = /(\bhttps?:\/\/[^\s?#"]+\?)[^\s"]+/g;

/** Shorter secrets are not searched for in texts: they would match everywhere. */
const SECRET_LENGTH_MIN = 4;

/** Masks the fields of a log line. */
export type Redact = (fields: LogFields) => LogFields;

/** Creates a redaction that also masks the given values wherever they occur in a text. */
export function createRedaction(secrets: readonly string[]): Redact {
  // Each line of a PEM key is a secret of its own.
  const pieces = secrets.flatMap((secret) => [secret, ...secret.split(/\r?\n/)])
    .filter((piece) => piece.length >= SECRET_LENGTH_MIN && !piece.startsWith("-----"))
    .sort((a, b) => b.length - a.length);

  function redactValue(value: LogValue): LogValue {
    if (typeof value === "string") {
      const text = pieces.reduce((rest, piece) => rest.replaceAll(piece, MASK), value);
      return text.replaceAll(PASSWORD_IN_ADDRESS, `$1:${MASK}@`)
        .replaceAll(QUERY_OF_URL, `$1${MASK}`);
    }
    return Array.isArray(value) ? value.map(redactValue) : value;
  }

  return (fields) =>
    Object.fromEntries(
      Object.entries(fields).map(([name, value]) => [
        name,
        SECRET_NAME.test(name) ? MASK : redactValue(value),
      ]),
    );
}
