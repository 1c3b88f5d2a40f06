/**
 * Names of container files: `TOPIC-20260131T120000000Z-1a2b3c4d.avro`, with the
 * creation time (UTC) and the first digits of the schema's fingerprint.
 *
 * @module
 */

/** Suffix of a file that is being written. */
export const PART_SUFFIX = ".part";
/** Suffix of a quarantined file. */
export const DAMAGED_SUFFIX = ".damaged";

const OWN_NAME = /-\d{8}T\d{9}Z-[0-9a-f]{8}(?:\.\d+)?\.avro$/;
const FINGERPRINT_DIGITS = 8;

/**
 * The name of a file without suffix; a plain file name for any topic.
 *
 * @param attempt number of names that were already used
 */
export function fileName(
  topic: string,
  beganAtMs: number,
  fingerprint: string,
  attempt: number,
): string {
  const time = new Date(beganAtMs).toISOString().replaceAll(/[-:.]/g, "");
  const again = attempt === 0 ? "" : `.${attempt}`;
  const safe = encodeURIComponent(topic).replaceAll(/[^A-Za-z0-9._%-]/g, "_")
    .replace(/^\./, "%2E").slice(0, 150);
  return `${safe}-${time}-${fingerprint.slice(0, FINGERPRINT_DIGITS)}${again}.avro`;
}

/** True for finished files of this program; other files in the folder are ignored. */
export function isFinishedFile(name: string): boolean {
  return OWN_NAME.test(name);
}

/** True for files of this program that a crash may have left open. */
export function isPartFile(name: string): boolean {
  return name.endsWith(PART_SUFFIX) &&
    OWN_NAME.test(name.slice(0, -PART_SUFFIX.length));
}
