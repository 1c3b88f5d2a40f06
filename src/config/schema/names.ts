/**
 * What ids, topics and paths may look like.
 *
 * @module
 */

/** Where the agent keeps what must last; the folder of its systemd unit. */
export const STATE_FOLDER = "/var/lib/sunspec-collector";

/** Ids stand in stream names (`gateway/device/type`): no slash, no blank, nothing unseen. */
const ID = /^[\p{L}\p{N}][\p{L}\p{N}._:-]{0,63}$/u;

/** What {@linkcode isId} takes, in words. */
export const ID_FORM =
  "1 to 64 letters, digits, dots, underscores, colons and hyphens, beginning with a letter or digit";

/** Whether it can be the id of a gateway or a device. */
export function isId(text: string): boolean {
  return ID.test(text);
}

/** What {@linkcode isTopic} takes, in words. */
export const TOPIC_FORM =
  "a Kafka topic: 1 to 249 letters, digits, dots, underscores and hyphens";

/** Whether Kafka takes it as a topic's name (org.apache.kafka.common.internals.Topic). */
export function isTopic(text: string): boolean {
  return /^[A-Za-z0-9._-]{1,249}$/.test(text) && text !== "." && text !== "..";
}

/** Whether it is a text for people: not empty, not too long, nothing unseen in it. */
export function isLabel(text: string): boolean {
  return /^[^\p{C}]{1,200}$/u.test(text) && text.trim() === text;
}

/** Whether it can be a path of a file. */
export function isPath(text: string): boolean {
  return /^[^\p{Cc}]{1,4000}$/u.test(text) && text.trim() !== "";
}
