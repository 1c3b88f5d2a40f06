/**
 * Asks which topics can be sent to, with one metadata request on a connection of its
 * own: topics that are missing, or a slow answer, do not delay the sends.
 *
 * @module
 */

import { bad, good } from "../../../base/result.ts";
import type { ProbeResult, SendFailure } from "../../uplink.ts";
import { createKafkaClient, type KafkaClient } from "../client.ts";
import { createCluster, type TopicDirectory } from "./cluster.ts";
import { describeEnd } from "../end_failure.ts";
import { nameFailure } from "../errors.ts";
import type { KafkaLog, KafkaOptions } from "../options.ts";
import { untilSilent } from "../silence.ts";

/** What a probe uses. */
export interface TopicProbeOptions {
  readonly options: KafkaOptions;
  readonly log: KafkaLog;
  readonly timeoutMs: number;
  readonly directory: TopicDirectory;
  /** Each new client starts with the next broker of the list. */
  turn: number;
}

/**
 * The failure of each topic, null if it can be sent to.
 *
 * @throws the reason of `signal`
 */
export async function probeTopics(
  state: TopicProbeOptions,
  topics: readonly string[],
  signal: AbortSignal,
): Promise<ProbeResult> {
  const { options, timeoutMs, directory, log } = state;
  let client: KafkaClient;
  try {
    client = createKafkaClient(options, state.turn++, log);
  } catch (error) {
    return bad(nameFailure(error, { produced: false }));
  }
  const cluster = createCluster(client, directory);
  let failures: ReadonlyMap<string, SendFailure | null> = new Map();
  const work = async (): Promise<void> => {
    failures = await directory.request(await cluster.any(), topics);
  };
  try {
    const end = await untilSilent(work, client, timeoutMs, signal);
    if (end.kind === "done") return good(failures);
    return bad(client.addresses.explain(describeEnd(end, false, timeoutMs, options)));
  } finally {
    client.destroy();
  }
}
