/**
 * The allowed forms of ids, topics, labels and paths.
 *
 * @module
 */

/** Folder of the persistent state: StateDirectory= of the systemd unit. */
export const STATE_FOLDER = "/var/lib/sunspec-collector";

/**
 * Ids are parts of stream names (`gateway/device/type`): no slash, space or control
 * character.
 */
const ID = /^[\p{L}\p{N}][\p{L}\p{N}._:-]{0,63}$/u;

/** What {@linkcode isId} accepts, for messages. */
export const ID_FORM =
  "1 to 64 letters, digits, dots, underscores, colons and hyphens, starting with a letter or digit";

/** Whether a string can be the id of a gateway or device. */
export function isId(text: string): boolean {
  return ID.test(text);
}

/** What {@linkcode isTopic} accepts, for messages. */
export const TOPIC_FORM =
  "a Kafka topic: 1 to 249 letters, digits, dots, underscores and hyphens";

/**
 * Whether Kafka accepts a string as the name of a topic
 * (org.apache.kafka.common.internals.Topic).
 */
export function isTopic(text: string): boolean {
  return /^[A-Za-z0-9._-]{1,249}$/.test(text) && text !== "." && text !== "..";
}

/**
 * Whether a string is a label: 1 to 200 characters, none of them invisible, no spaces at
 * its ends.
 */
export function isLabel(text: string): boolean {
  return /^[^\p{C}]{1,200}$/u.test(text) && text.trim() === text;
}

/** Whether a string can be the path of a file. */
export function isPath(text: string): boolean {
  return /^[^\p{Cc}]{1,4000}$/u.test(text) && text.trim() !== "";
}
