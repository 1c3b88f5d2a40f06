/**
 * Names of container files: `TOPIC-20260131T120000000Z-1a2b3c4d.avro`, with the
 * time (UTC) at which the file was begun and the start of its schema's fingerprint.
 *
 * @module
 */

/** A file that still grows. */
export const PART_SUFFIX = ".part";
/** What could not be read is kept under this. */
export const DAMAGED_SUFFIX = ".damaged";

const OURS = /-\d{8}T\d{9}Z-[0-9a-f]{8}(?:\.\d+)?\.avro$/;
const FINGERPRINT_DIGITS = 8;

/**
 * The name of a file, without suffix. `attempt` counts names that were taken.
 * Whatever a topic's name holds, the result is one plain file name.
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

/** True for finished files of ours: others in the folder are left alone. */
export function isFinishedFile(name: string): boolean {
  return OURS.test(name);
}

/** True for files of ours that a crash may have left open. */
export function isPartFile(name: string): boolean {
  return name.endsWith(PART_SUFFIX) && OURS.test(name.slice(0, -PART_SUFFIX.length));
}
