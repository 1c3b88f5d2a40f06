/**
 * The status of an agent as literals, for tests of code that shows or parses a status.
 *
 * @module
 */

import type { AgentStatus, DeviceStatus } from "../../observability/status.ts";

const NOW_MS = Date.UTC(2026, 5, 21, 12);

/** A device that answers. */
export const DEVICE_STATUS: DeviceStatus = {
  id: "inv-01",
  host: "INV-1.plant.lan",
  port: 502,
  unitId: 1,
  state: "online",
  reason: null,
  notes: [],
  manufacturer: "Demo Solar",
  model: "DS-60K",
  serial: "1",
  lastPollAtMs: NOW_MS - 400,
  polls: 1_234,
  failures: 0,
  slotsMissed: 0,
  overruns: 0,
  records: 1_234,
  restarts: 0,
};

/** A healthy agent. */
export const AGENT_STATUS: AgentStatus = {
  format: 1,
  version: "1.2.3",
  pid: 42,
  gateway: "gw-1",
  site: null,
  sinceAtMs: NOW_MS - 3_600_000,
  writtenAtMs: NOW_MS,
  phase: "running",
  health: "healthy",
  summary: "1 of 1 devices answer; 3 rows buffered; 7 delivered",
  troubles: [],
  alive: true,
  ready: true,
  devices: [DEVICE_STATUS],
  buffer: {
    path: "/q.db",
    rows: 3,
    bytes: 81_920,
    bytesMax: 2 ** 30,
    oldestAtMs: NOW_MS - 1_000,
    waiting: 0,
    stored: 10,
    storedBytes: 3_000,
    givenUp: 0,
    givenUpAtMs: null,
    deadLetters: 0,
    commits: 4,
    commitsFailed: 0,
    logBytes: 65_536,
    logBytesMax: 4_194_304,
    error: null,
  },
  uplink: {
    name: "kafka k:9092",
    state: "idle",
    stateAtMs: NOW_MS - 1_000,
    lastAckAtMs: NOW_MS - 1_000,
    batches: 2,
    rowsDelivered: 7,
    bytesDelivered: 2_100,
    retries: 0,
    rowsRefused: 0,
    error: null,
    alarms: [],
  },
  clock: { synced: true },
  memory: { rssBytes: 80 * 2 ** 20, heapUsedBytes: 2 ** 20, heapMaxBytes: null },
};
