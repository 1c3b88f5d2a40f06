/**
 * Requests the id of an idempotent producer.
 *
 * @module
 */

import { isObject } from "../../../base/is_object.ts";
import { SYSTEM_CLOCK } from "../../../platform/system_clock.ts";
import type { Cluster } from "../cluster/cluster.ts";
import type { ProducerId } from "./producer_state.ts";

/** A broker that has just started has no ids yet: the request is repeated this often. */
const TRIES_MAX = 6;
const DELAY_MS = 200;
/** kafkajs's name of COORDINATOR_LOAD_IN_PROGRESS, error code 14. */
const NOT_READY = "GROUP_LOAD_IN_PROGRESS";

/** Requests a new id from any broker; rejects with an error of kafkajs. */
export async function requestProducerId(
  cluster: Cluster,
  clusterId: string | null,
  signal: AbortSignal,
): Promise<ProducerId> {
  for (let tries = 1;; tries++) {
    const connection = await cluster.toNode(null, clusterId);
    try {
      return await connection.initProducerId();
    } catch (error) {
      const isReady = !isObject(error) || error["type"] !== NOT_READY;
      if (isReady || tries >= TRIES_MAX) throw error;
      await SYSTEM_CLOCK.sleep(DELAY_MS, signal);
    }
  }
}
