/**
 * The registers of one model in the image of a poll.
 *
 * @module
 */

import type { ModelReads } from "../plan/poll_plan.ts";
import { imageSource, type RegisterImage } from "./register_image.ts";
import { type RegisterSource, singleReadSource } from "./register_source.ts";

/** The registers of a planned model in the image of its poll. */
export function sourceOf(
  { at, parts }: ModelReads,
  image: RegisterImage,
): RegisterSource {
  const [only, second] = parts;
  if (only === undefined || second !== undefined) {
    return imageSource(image, parts, at.address);
  }
  return singleReadSource(image.get(only), only.address - at.address);
}
