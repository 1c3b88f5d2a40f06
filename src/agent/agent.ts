/**
 * Wires the agent. Read this first: every part is created here with its dependencies.
 *
 * ```text
 * supervisor --sample--> records stage --drafts--> ingest --rows--> write buffer
 * (one actor             (synchronous)             ^  ^             (worker thread)
 *  per device)                     gap reporter ---+  |                 |
 *                                  heartbeat ---------+  pump <---------+ oldest first
 *                                                         |
 *                                                         +--> Kafka or files
 * ```
 *
 * @module
 */

import { bad, good, type Result } from "../base/result.ts";
import type { Buffer, BufferFault } from "../buffer/buffer.ts";
import { openBuffer } from "../buffer/worker/client.ts";
import { discoverDevice } from "../discovery/probe.ts";
import { createTcpPool } from "../modbus/tcp_pool.ts";
import { countPoll, countRecord } from "../observability/metrics/measurements.ts";
import { createExploration } from "../poller/roster/exploration.ts";
import { startSupervisor } from "../poller/supervisor.ts";
import { createCodec } from "../records/avro/codec.ts";
import type { EventContext } from "../records/events.ts";
import { createRecordsStage, RECORD_MODELS } from "../records/records_stage.ts";
import { createSequenceNumbering } from "../records/sequence_numbering.ts";
import { type AgentParts, createTasks } from "./agent_parts.ts";
import { createAgentSender } from "./agent_sender.ts";
import type { Agent, AgentOptions } from "./agent_types.ts";
import type { Sender } from "../uplink/sender.ts";
import { viewOf } from "./agent_view.ts";
import { logBufferProblems } from "./buffer_watch.ts";
import { runGapReporter } from "./gap_reporter.ts";
import { runHeartbeat } from "./heartbeat.ts";
import { createIngest } from "./ingest.ts";
import { createSampleSink } from "./sample_sink.ts";
import { shutDown } from "./shutdown.ts";
import { updateSettings } from "./update_settings.ts";

/** Longer than the interval of the heartbeats, in ms. */
const DELIVERY_RECENT_MS = 90_000;

/** Starts the agent: opens the buffer, then polls, stores and sends until it is stopped. */
export async function startAgent(
  options: AgentOptions,
): Promise<Result<Agent, BufferFault>> {
  const { clock, log } = options;
  const life = new AbortController();
  const opened = await openBuffer(
    { ...options.buffer, ...options.bufferLimits },
    clock,
    life.signal,
  );
  if (!opened.ok) return bad(opened.fault);
  const buffer = opened.value;
  const { epoch, rows, quarantinePath, markFault, gapsLost } = buffer.opened;
  log.event("buffer.opened", { rows, epoch, path: options.buffer.path });
  if (quarantinePath !== undefined) {
    log.event("buffer.set_aside", { path: quarantinePath });
  }
  if (gapsLost > 0) log.event("buffer.gaps_lost", { gaps: gapsLost });
  if (markFault !== undefined) log.event("buffer.mark_unusable", { error: markFault });
  await options.onEpoch?.(epoch);

  const parts = createParts(options, buffer, life);
  const { ingest, sender, exploration, supervisor, tasks } = parts;
  const context = (): EventContext => contextOf(options);
  const ingesting = tasks.add(ingest.run(buffer, life.signal));
  if (sender !== null) tasks.add(sender.run(life.signal));
  const { version } = options;
  const reported = { version, buffer, supervisor };
  tasks.add(runHeartbeat({ ...reported, ingest, clock, context }, life.signal));
  tasks.add(runGapReporter({
    ...{ buffer, ingest, clock, context },
    isDelivering: () => isDelivering(sender, clock.wallMs()),
    onGap: ({ stream, reason, firstSeq, lastSeq, epoch, records }) => {
      log.event("buffer.gap", { stream, reason, epoch, firstSeq, lastSeq, records });
    },
  }, life.signal));
  tasks.add(exploration.run(supervisor, life.signal));
  tasks.add(
    logBufferProblems(
      buffer,
      options.buffer.path,
      clock,
      log,
      life.signal,
      options.freeBytes,
    ),
  );
  return good({
    get view() {
      return viewOf(parts);
    },
    failure: tasks.failure,
    update: (settings, changed) => updateSettings(parts, settings, changed),
    stop: (limitMs) => shutDown(parts, ingesting, limitMs),
  });
}

function createParts(
  options: AgentOptions,
  buffer: Buffer,
  life: AbortController,
): AgentParts {
  const { clock, random, log, measurements, deviceCache: cache } = options;
  const { gateway, site, clockSynced, recordSettings, loadDefinition } = options;
  const { epoch, streams } = buffer.opened;
  const tasks = createTasks(life.signal);
  const stage = createRecordsStage({
    gateway,
    site,
    clockSynced,
    settings: recordSettings,
  });
  const ingest = createIngest({
    clock,
    codec: createCodec(({ fingerprint, text }) => buffer.addSchema(fingerprint, text)),
    numbering: createSequenceNumbering({ epoch, streams }),
    topicOf: (type) => parts.settings.topicOf(type),
    onRejected: ({ source: { device_id: device } }, { message: error }) =>
      log.event("records.refused", { device, error }),
  });
  const sink = createSampleSink({
    ...{ stage, ingest, signal: life.signal, onFailure: tasks.fail },
    context: () => contextOf(options),
    onDrafts: (key, drafts) => {
      for (const { type, source: { quality, flags } } of drafts) {
        countRecord(measurements, type, quality, flags);
      }
      const isDirect = drafts.every(({ flat }) => flat !== undefined);
      if (drafts.length > 0) countPoll(measurements, isDirect);
      options.onDrafts?.(key, drafts);
    },
  });
  const pool = createTcpPool(clock, random, options.openConnection);
  const exploration = createExploration(options.roster, options.exploration, {
    ...options.knownDevices,
    ...{ pool, clock, log, cache },
  });
  const sender = createAgentSender(options, buffer);
  const supervisor = startSupervisor(exploration.roster, {
    ...{ pool, clock, random, log, cache, loadDefinition, sink, models: RECORD_MODELS },
    discover: discoverDevice,
    quirksOf: options.quirksOf,
    meter: {
      answered: (durationMs) => measurements.pollSeconds.add(durationMs / 1_000),
      failed: (kind) => measurements.failures.add(kind),
    },
  });
  const made = { buffer, ingest, sender, stage, pool, exploration, supervisor, tasks };
  const parts: AgentParts = { options, settings: options, life, ...made };
  return parts;
}

/** True if the destination accepts rows, or accepted some recently: one topic may be blocked. */
function isDelivering(sender: Sender | null, nowMs: number): boolean {
  if (sender === null) return false;
  const { lastError, lastAckMs } = sender.status;
  return lastError === null || nowMs - (lastAckMs ?? 0) < DELIVERY_RECENT_MS;
}

/** The context of an event that happens now. */
function contextOf({ gateway, site, clock, clockSynced }: AgentOptions): EventContext {
  return { gateway, site, atMs: clock.wallMs(), clockSynced: clockSynced() };
}
