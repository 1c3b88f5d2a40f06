/**
 * A front of a broker that records which topics metadata requests name, and whether the
 * broker may create them.
 *
 * @module
 */

import type { Front } from "./kafka.ts";
import {
  apiKeyOf,
  apiVersionOf,
  readBody,
  startRequestFront,
} from "./request_front.ts";

const METADATA = 3;
/** First version that can forbid the creation of topics. */
const FORBIDDING_VERSION = 4;

/** A metadata request that names topics. */
export interface MetadataRequest {
  readonly topics: readonly string[];
  /** The broker may create topics that do not exist. */
  readonly mayCreate: boolean;
}

/** The front. */
export interface MetadataRecorder extends Front {
  readonly requests: readonly MetadataRequest[];
}

/** Starts a front of the listener `127.0.0.1:target`. */
export function startMetadataRecorder(target: number): MetadataRecorder {
  const requests: MetadataRequest[] = [];
  const front = startRequestFront(target, (request) => {
    if (apiKeyOf(request) !== METADATA) return undefined;
    const body = readBody(request);
    const topics: string[] = [];
    for (let count = body.int32(); count > 0; count--) topics.push(body.text());
    const mayCreate = apiVersionOf(request) < FORBIDDING_VERSION ||
      request.getInt8(body.at) !== 0;
    if (topics.length > 0) requests.push({ topics, mayCreate });
    return undefined;
  });
  return { ...front, requests };
}
