/**
 * The agent, wired: devices -> intake -> buffer -> pump -> far side. Read this
 * first; every room is made here and handed what it needs.
 *
 * ```text
 * supervisor (one actor a device) --drafts--> intake --rows--> buffer (worker)
 *                                              ^                 |
 *                                  announcer --+      pump <-----+ oldest first
 *                                (gaps, heartbeats)     |
 *                                                       +--> Kafka or files
 * ```
 *
 * @module
 */

import type { Random } from "../base/random.ts";
import type { Clock } from "../base/clock.ts";
import type { Log } from "../base/log.ts";
import { bad, good, type Result } from "../base/result.ts";
import { waitAtMost } from "../base/wait_at_most.ts";
import type {
  Buffer,
  BufferBounds,
  BufferFault,
  BufferOptions,
} from "../buffer/buffer.ts";
import { openBuffer } from "../buffer/worker/client.ts";
import type { DeviceMemory } from "../device/device_cache.ts";
import type { QuirkBook } from "../device/quirk_rules.ts";
import { discoverDevice } from "../discovery/probe.ts";
import type { OpenLink } from "../modbus/connection.ts";
import { createTcpPool } from "../modbus/tcp_pool.ts";
import { countRecord, type Measured } from "../observability/metrics/measured.ts";
import { runAnnouncer } from "./gap_reporter.ts";
import { watchBuffer } from "./buffer_watch.ts";
import { healthOf } from "./gateway_health.ts";
import { createIntake } from "./ingest.ts";
import { createSink } from "./sample_sink.ts";
import { STALL_LIMITS_MS, stalledPart } from "./watchdog.ts";
import {
  createExploration,
  type ExplorationParts,
  type ExplorationSettings,
} from "../poller/roster/exploration.ts";
import type { Supervisor } from "../poller/device_report.ts";
import type { RosterEntry } from "../poller/roster/roster.ts";
import type { RosterChange } from "../poller/roster/roster_change.ts";
import { startSupervisor } from "../poller/supervisor.ts";
import type { LoadDefinition } from "../sunspec/definition/vendor_models.ts";
import { createCodec } from "../records/avro/codec.ts";
import type { EventContext } from "../records/events.ts";
import type { RecordType } from "../records/record.ts";
import { createStreamBook } from "../records/sequence_numbering.ts";
import { logPumpEvent } from "../uplink/pump/pump_log.ts";
import { createSender, type FarSide, type Sender } from "../uplink/sender.ts";

/** Where each type of record goes. */
export type TopicOf = (type: RecordType) => string;

/** What of an agent can change while it runs. */
export interface AgentSettings {
  /** The devices that are configured. */
  readonly roster: readonly RosterEntry[];
  /** How others are looked for; null = they are not. */
  readonly exploration: ExplorationSettings | null;
  readonly bounds: BufferBounds;
  readonly topicOf: TopicOf;
  /** Made once the buffer is open: files need the texts of its schemas. Null = nothing is sent. */
  readonly makeFarSide: (buffer: Buffer) => FarSide | null;
}

/** What the agent is made of. Nothing here is a secret. */
export interface AgentOptions extends AgentSettings {
  /** The program's version, for heartbeats. */
  readonly version: string;
  readonly gateway: string;
  readonly site: string | null;
  readonly loadDefinition: LoadDefinition;
  readonly buffer: Omit<BufferOptions, keyof BufferBounds>;
  /** The devices that were found before this start, and where to keep those of this one. */
  readonly found: Pick<ExplorationParts, "before" | "save">;
  /** Told of this start's epoch once the buffer has it; nothing is polled before it resolves. */
  readonly noteEpoch?: (epoch: number) => Promise<void>;
  readonly clock: Clock;
  readonly chance: Random;
  /** Opens connections to devices; without it by TCP. */
  readonly openLink?: OpenLink;
  readonly log: Log;
  /** Takes what is measured. */
  readonly measured: Measured;
  /** What is remembered of devices; `flush` puts it on the disk. */
  readonly memory: DeviceMemory & { flush(): Promise<void> };
  /** What devices of a make need. */
  readonly quirksOf: QuirkBook;
  /** Whether the kernel says that its clock is synchronised; null = unknown. */
  readonly clockSynced: () => boolean | null;
}

/** How the agent stands now. */
export interface AgentView {
  /** The far side's name, without secrets; null = there is none. */
  readonly uplink: string | null;
  readonly devices: Supervisor["devices"];
  readonly buffer: Buffer["stats"];
  /** The bound of `buffer.bytes` that is in force. */
  readonly bufferBytesMax: number;
  readonly pump: Sender["status"] | null;
  /** Records made since the start. */
  readonly made: number;
  /** The part that hangs, if one does. */
  readonly stalled: string | undefined;
}

/** What the agent leaves behind. */
export interface AgentEnd {
  readonly made: number;
  readonly stored: number;
  readonly delivered: number;
  readonly givenUp: number;
  /** Rows that wait in the buffer's file for the next start. */
  readonly rowsLeft: number;
  readonly pump: Sender["status"] | null;
  readonly devices: Supervisor["devices"];
}

/** A running agent. */
export interface Agent {
  readonly view: AgentView;
  /** Settles only if a part fails for good, with why. */
  readonly failure: Promise<Error>;
  /**
   * Follows changed settings: devices that are the same in both, rows and counts
   * are not touched. The far side is exchanged only if `farSide` says so.
   * Resolves once everything is in force.
   *
   * @throws if a part fails for good meanwhile.
   */
  follow(settings: AgentSettings, changed: { farSide: boolean }): Promise<RosterChange>;
  /** Stops polling, sends what is left, closes the file; within `limitMs` and a little. */
  stop(limitMs: number): Promise<AgentEnd>;
}

/** How long polls and records under way get when the agent stops, in ms. */
const POLL_GRACE_MS = 1_500;
/** What writing the memory of devices may take of the time to stop, in ms. */
const MEMORY_GRACE_MS = 500;
/** What closing the far side and the file may take of the time to stop, in ms. */
const CLOSE_RESERVE_MS = 3_000;

/** Starts the agent: opens the buffer, then polls, stores and sends until it is stopped. */
export async function startAgent(
  options: AgentOptions,
): Promise<Result<Agent, BufferFault>> {
  const { clock, chance, log, measured } = options;
  const life = new AbortController();
  let { bounds } = options;
  const opened = await openBuffer(
    { ...options.buffer, ...bounds },
    clock,
    life.signal,
  );
  if (!opened.ok) return bad(opened.fault);
  const buffer = opened.value;
  const { epoch, streams, rows, setAside } = buffer.opened;
  log.event("buffer.opened", { rows, epoch, path: options.buffer.path });
  if (setAside !== undefined) log.event("buffer.set_aside", { path: setAside });
  await options.noteEpoch?.(epoch);

  const codec = createCodec(({ fingerprint, text }) =>
    buffer.addSchema(fingerprint, text)
  );
  /** Asked for each row; {@linkcode Agent.follow} changes it. */
  let { topicOf } = options;
  const intake = createIntake({
    clock,
    codec,
    book: createStreamBook({ epoch, streams }),
    topicOf: (type) => topicOf(type),
    onRefused: (draft, error) =>
      log.event("records.refused", {
        device: draft.source.device_id,
        error: error.message,
      }),
  });
  const farSide = options.makeFarSide(buffer);
  const sender = farSide === null ? null : createSender({
    buffer,
    clock,
    chance,
    farSide,
    onTaken: (batch, durationMs) => {
      measured.sendSeconds.add(durationMs / 1_000);
      const nowMs = clock.wallMs();
      for (const { createdAtMs } of batch) {
        measured.deliveredAgeSeconds.add(Math.max(0, nowMs - createdAtMs) / 1_000);
      }
    },
    onEvent: (uplink, event) => logPumpEvent(log, uplink, event),
  });

  const failure = Promise.withResolvers<Error>();
  /** Runs a part of the agent; a part that ends by itself with an error ends the agent. */
  const part = (running: Promise<unknown>): Promise<void> =>
    running.then(() => {}, (error: unknown) => {
      if (life.signal.aborted) return;
      failure.resolve(error instanceof Error ? error : new Error(String(error)));
    });

  const context = (): EventContext => ({
    gateway: options.gateway,
    site: options.site,
    atMs: clock.wallMs(),
    clockSynced: options.clockSynced(),
  });
  const sink = createSink({
    intake,
    context,
    onDrafts: (drafts) => {
      for (const { type, source: { quality, flags } } of drafts) {
        countRecord(measured, type, quality, flags);
      }
    },
    signal: life.signal,
    onFailure: (error) => void part(Promise.reject(error)),
  });
  const pool = createTcpPool(clock, chance, options.openLink);
  const exploration = createExploration(options.roster, options.exploration, {
    ...options.found,
    pool,
    clock,
    log,
    memory: options.memory,
  });
  const supervisor = startSupervisor(exploration.roster, {
    gateway: options.gateway,
    site: options.site,
    clockSynced: options.clockSynced,
    memory: options.memory,
    quirksOf: options.quirksOf,
    pool,
    discover: discoverDevice,
    loadDefinition: options.loadDefinition,
    sink,
    meter: {
      answered: (durationMs) => measured.pollSeconds.add(durationMs / 1_000),
      failed: (kind) => measured.failures.add(kind),
    },
    clock,
    chance,
    log,
  });
  const parts = {
    intake: part(intake.run(buffer, life.signal)),
    sender: sender === null ? Promise.resolve() : part(sender.run(life.signal)),
    announcer: part(runAnnouncer({
      buffer,
      intake,
      clock,
      context,
      health: () =>
        healthOf(options.version, buffer.stats, supervisor.devices, clock.wallMs()),
      onGap: ({ stream, reason, firstSeq, lastSeq, epoch }) =>
        log.event("buffer.gap", { stream, reason, epoch, firstSeq, lastSeq }),
    }, life.signal)),
    exploration: part(exploration.run(supervisor, life.signal)),
    bufferWatch: part(watchBuffer(buffer, clock, log, life.signal)),
  };

  function stalled(): string | undefined {
    const moved = [
      ["scheduler", supervisor.lastMoveMs],
      ["buffer", buffer.lastMoveMs],
      ["pump", sender?.lastMoveMs ?? clock.monotonicMs()],
    ] as const;
    return stalledPart(
      moved.map(([name, lastMoveMs]) => ({
        name,
        lastMoveMs,
        limitMs: STALL_LIMITS_MS[name],
      })),
      clock.monotonicMs(),
    )?.name;
  }

  async function follow(
    settings: AgentSettings,
    changed: { farSide: boolean },
  ): Promise<RosterChange> {
    topicOf = settings.topicOf;
    bounds = settings.bounds;
    buffer.adjust(bounds);
    const exchange = async (): Promise<void> => {
      if (sender === null || !changed.farSide) return;
      await sender.exchange(() => {
        const made = settings.makeFarSide(buffer);
        if (made === null) throw new Error("Cannot exchange the uplink for none");
        return made;
      });
    };
    const roster = exploration.follow(settings.roster, settings.exploration);
    const [change] = await Promise.all([supervisor.follow(roster), exchange()]);
    return change;
  }

  async function stop(limitMs: number): Promise<AgentEnd> {
    const startedMs = clock.monotonicMs();
    const leftMs = (): number => limitMs - (clock.monotonicMs() - startedMs);
    // Each step is bounded, so the whole is; a step that fails leaves rows in
    // the file, where the next start finds them.
    await supervisor.stop(POLL_GRACE_MS);
    await waitAtMost(clock, POLL_GRACE_MS, pool.close());
    await waitAtMost(clock, MEMORY_GRACE_MS, options.memory.flush());
    intake.close();
    await waitAtMost(clock, leftMs() - CLOSE_RESERVE_MS, parts.intake);
    await waitAtMost(clock, leftMs() - CLOSE_RESERVE_MS, buffer.flush(life.signal));
    if (sender !== null) {
      await waitAtMost(
        clock,
        leftMs() - CLOSE_RESERVE_MS + 500,
        sender.drain(Math.max(0, leftMs() - CLOSE_RESERVE_MS)),
      );
    }
    const closing = new AbortController();
    life.abort(new Error("the agent stops"));
    await waitAtMost(
      clock,
      Math.max(500, leftMs() / 2),
      sender?.close() ?? Promise.resolve(),
    );
    await waitAtMost(clock, Math.max(500, leftMs()), buffer.close(closing.signal));
    closing.abort(new Error("the time to close the buffer is over"));
    await waitAtMost(clock, 200, Promise.allSettled(Object.values(parts)));
    const { stored, delivered, givenUp, rows } = buffer.stats;
    return {
      made: intake.made,
      stored,
      delivered,
      givenUp,
      rowsLeft: rows,
      pump: sender?.status ?? null,
      devices: supervisor.devices,
    };
  }

  return good({
    get view() {
      return {
        uplink: sender?.name ?? null,
        devices: supervisor.devices,
        buffer: buffer.stats,
        bufferBytesMax: bounds.maxBytes,
        pump: sender?.status ?? null,
        made: intake.made,
        stalled: stalled(),
      };
    },
    failure: failure.promise,
    follow,
    stop,
  });
}
