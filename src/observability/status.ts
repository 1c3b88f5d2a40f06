/**
 * Status of the agent as one JSON object: the body of `GET /status`. The command
 * `status` renders it; `scan` and `doctor` read the polled addresses from it.
 *
 * Fields are only added. If the meaning of a field changes, the field gets another
 * name; where that is impossible, {@linkcode STATUS_FORMAT} is incremented.
 *
 * @module
 */

/** Version of the shape of {@linkcode AgentStatus}. */
export const STATUS_FORMAT = 1;

/**
 * Health of the agent: `healthy`; `degraded` (a fault exists, but no reading is lost);
 * `failing` (readings are lost, or soon will be).
 */
export type Health = "healthy" | "degraded" | "failing";

/** One problem of the agent. */
export interface HealthProblem {
  readonly severity: Exclude<Health, "healthy">;
  readonly part: "agent" | "buffer" | "devices" | "uplink" | "clock";
  /** For people, without a full stop. */
  readonly text: string;
}

/** Status of the agent. Fields named `...AtMs` are wall clock, in ms since the Unix epoch. */
export interface AgentStatus {
  /** {@linkcode STATUS_FORMAT} */
  readonly format: number;
  /** Version of the program. */
  readonly version: string;
  readonly pid: number;
  readonly gateway: string;
  readonly site: string | null;
  /** Start of the process. */
  readonly sinceAtMs: number;
  /** Time of this status. */
  readonly writtenAtMs: number;
  readonly phase: AgentPhase;
  readonly health: Health;
  /** One line for people, the most severe problem first; also sent to systemd. */
  readonly summary: string;
  /** Current problems, most severe first. */
  readonly troubles: readonly HealthProblem[];
  /** True if every part responds: the watchdog is notified. */
  readonly alive: boolean;
  /** True if the buffer accepts readings and every device has been contacted once. */
  readonly ready: boolean;
  /** In the order of the configuration. */
  readonly devices: readonly DeviceStatus[];
  /** Null while the buffer is not open. */
  readonly buffer: BufferStatus | null;
  /** Null if no uplink is configured or it is not started yet. */
  readonly uplink: UplinkStatus | null;
  readonly clock: ClockStatus;
  readonly memory: MemoryStatus;
}

/** Lifecycle phase of the agent. */
export type AgentPhase = "starting" | "running" | "stopping";

/** One polled unit. */
export interface DeviceStatus {
  /** Null until the device has reported its identity, from which the id is made. */
  readonly id: string | null;
  /** Host name or IP address, as configured. */
  readonly host: string;
  readonly port: number;
  readonly unitId: number;
  readonly state: "connecting" | "online" | "asleep" | "offline" | "quarantined";
  /** Why it does not answer, as text; null if it answers or was not contacted yet. */
  readonly reason: string | null;
  /** What is left out of its records and why, as text: refused models, unrecognised sub-devices. */
  readonly notes: readonly string[];
  readonly manufacturer: string | null;
  readonly model: string | null;
  readonly serial: string | null;
  /** Last poll that was answered; null = none since the start. */
  readonly lastPollAtMs: number | null;
  /** Since the start: answered polls, failed attempts, slots without a record, overruns, records, restarts. */
  readonly polls: number;
  readonly failures: number;
  readonly slotsMissed: number;
  readonly overruns: number;
  readonly records: number;
  readonly restarts: number;
}

/** The buffer, as of its last commit. */
export interface BufferStatus {
  readonly path: string;
  readonly rows: number;
  readonly bytes: number;
  /** Limit of `bytes`: `max_bytes` less the share of the write-ahead log. */
  readonly bytesMax: number;
  /** `sampled_at` of the oldest row; null if the buffer is empty. */
  readonly oldestAtMs: number | null;
  /** Records that are not on disk yet. */
  readonly waiting: number;
  /** Last eviction of rows; null = none since the start. */
  readonly givenUpAtMs: number | null;
  /** Since the start: committed rows and their payload, evicted rows, dead letters, commits. */
  readonly stored: number;
  readonly storedBytes: number;
  readonly givenUp: number;
  readonly deadLetters: number;
  readonly commits: number;
  readonly commitsFailed: number;
  /** Size of the write-ahead log and its share of `max_bytes`, in bytes; more = a reader holds it. */
  readonly logBytes: number;
  readonly logBytesMax: number;
  /** Error of the last commit; null if it succeeded. */
  readonly error: string | null;
}

/** The uplink. */
export interface UplinkStatus {
  /** Kind and address, such as `kafka kafka1.example:9093`, without secrets. */
  readonly name: string;
  readonly state: "sending" | "idle" | "waiting" | "holding";
  /** When `state` was entered. */
  readonly stateAtMs: number;
  /** Last acknowledgement; null = none since the start. */
  readonly lastAckAtMs: number | null;
  /** Since the start: acknowledged batches, rows and payload, repeated sends, permanently rejected rows. */
  readonly batches: number;
  readonly rowsDelivered: number;
  readonly bytesDelivered: number;
  readonly retries: number;
  readonly rowsRefused: number;
  /** Last failure as text, until rows are acknowledged again; null = none. */
  readonly error: string | null;
  /** Problems that an operator must solve, as text. */
  readonly alarms: readonly string[];
}

/** The clock of this machine. */
export interface ClockStatus {
  /** Null if this machine does not report it. */
  readonly synced: boolean | null;
}

/** Memory of the process. */
export interface MemoryStatus {
  /** Resident, with all shared pages. */
  readonly rssBytes: number;
  /** JavaScript heap: in use, and the limit at which the process ends. */
  readonly heapUsedBytes: number;
  readonly heapMaxBytes: number | null;
}
