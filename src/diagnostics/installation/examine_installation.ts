/**
 * Examines an installation step by step: configuration, disk, buffer, uplink, clock,
 * service and agent.
 *
 * @module
 */

import type { Result } from "../../base/result.ts";
import { isCredential } from "../../config/source/credential.ts";
import { loadConfig, type LoadedConfig } from "../../config/source/load.ts";
import { describeProblem } from "../../config/check/problem.ts";
import { unitsOf } from "../../config/configured_units.ts";
import { plural } from "../../base/format.ts";
import { type Finding, finding, type Severity } from "../finding.ts";
import { readClockSynced } from "../../platform/clock_sync.ts";
import type { KafkaOptions } from "../../uplink/kafka/options.ts";
import { examineBrokers } from "./broker.ts";
import { examineBuffer } from "./buffer_file.ts";
import { examineFolder, examineFolderOf } from "./disk.ts";
import { examineServiceUnit, SERVICE_UNIT } from "./service_unit.ts";

/** Dependencies of an examination of an installation. */
export interface InstallationDependencies {
  /** Environment variables. */
  readonly env: Readonly<Record<string, string>>;
  readonly toKafkaOptions: (loaded: LoadedConfig) => KafkaOptions;
  /** Requests the status of the agent at a URL. */
  readonly fetchAgentStatus: (
    url: string,
    signal: AbortSignal,
  ) => Promise<Result<AgentHealthReport, unknown>>;
  /** Called with the description of each step when it begins. */
  readonly onStep: (step: string) => void;
}

/** The part of the agent's status that is assessed. */
export interface AgentHealthReport {
  /** `healthy` if there are no problems. */
  readonly health: string;
  readonly summary: string;
  /** False = a part of the agent does not respond. */
  readonly alive: boolean;
}

/** The result of an examination. */
export interface InstallationExamination {
  readonly findings: readonly Finding[];
  readonly outcome:
    /** No failures. */
    | "ok"
    /** The configuration is invalid; nothing else was examined. */
    | "invalid-config"
    /** A failure on the way to the broker. */
    | "uplink-failure"
    /** Other failures only. */
    | "failure";
}

/** Examines an installation by its configuration file. */
export async function examineInstallation(
  file: string,
  dependencies: InstallationDependencies,
  signal: AbortSignal,
): Promise<InstallationExamination> {
  const { env, onStep } = dependencies;
  onStep("reading the configuration");
  const loaded = await loadConfig(file, env, { outsideService: true });
  if (!loaded.ok) {
    const findings = loaded.fault.map((problem) =>
      finding(
        "configuration",
        problem.severity === "error" ? "failure" : "warning",
        describeProblem(problem),
        "correct it; `check` reports the same",
      )
    );
    return { findings, outcome: "invalid-config" };
  }
  const { buffer, observe } = loaded.value.config;
  const findings = [...assessConfig(file, loaded.value)];
  onStep("checking the disk");
  findings.push(...await examineFolderOf("buffer", buffer.path, buffer.max_bytes));
  onStep("checking the buffer");
  findings.push(await examineBuffer(buffer.path));
  const uplink = await examineUplink(file, loaded.value, dependencies, signal);
  findings.push(...uplink);
  onStep("checking clock, service and agent");
  findings.push(
    assessClockSync(await readClockSynced()),
    await examineServiceUnit(),
    await examineAgent(observe.listen, dependencies, signal),
  );
  return { findings, outcome: outcomeOf(findings, uplink, loaded.value) };
}

function outcomeOf(
  findings: readonly Finding[],
  uplinkFindings: readonly Finding[],
  { config: { uplink } }: LoadedConfig,
): InstallationExamination["outcome"] {
  const failed: Severity = "failure";
  const isFailure = ({ severity }: Finding): boolean => severity === failed;
  if (!findings.some(isFailure)) return "ok";
  return uplink.kind === "kafka" && uplinkFindings.some(isFailure)
    ? "uplink-failure"
    : "failure";
}

function assessConfig(
  file: string,
  { config, warnings }: LoadedConfig,
): readonly Finding[] {
  const { devices, gateway, discovery } = config;
  const units = devices.flatMap(unitsOf).length;
  const findings = [
    finding(
      "configuration",
      "ok",
      `${file} is valid; gateway ${gateway.id}, ${plural(units, "unit")} at ${
        plural(devices.length, "address", "addresses")
      }`,
      "nothing to do",
    ),
  ];
  if (units === 0 && discovery.mode === "static_config") {
    findings.push(finding(
      "devices",
      "warning",
      "no device is configured",
      "`scan --write` finds devices and adds them",
    ));
  }
  for (const warning of warnings) {
    const found = describeProblem(warning);
    const means = "the agent starts nevertheless";
    findings.push(finding("configuration", "warning", found, means));
  }
  return findings;
}

async function examineUplink(
  file: string,
  loaded: LoadedConfig,
  { toKafkaOptions, onStep }: InstallationDependencies,
  signal: AbortSignal,
): Promise<readonly Finding[]> {
  const { uplink } = loaded.config;
  if (uplink.kind === "files") {
    return await examineFolder("files", uplink.files.path, uplink.files.max_bytes);
  }
  if (lacksCredentials(loaded)) return [brokersNotChecked(file)];
  const { topics, modelTopic } = topicsOf(loaded.config);
  const options = toKafkaOptions(loaded);
  return [...await examineBrokers(options, topics, onStep, signal), ...modelTopic];
}

/** Whether the connection needs credentials that systemd passes only to the service. */
function lacksCredentials({ config: { uplink }, credentials }: LoadedConfig): boolean {
  const named = [
    [uplink.ca_file, credentials.ca],
    [uplink.cert_file, credentials.cert],
    [uplink.key_file, credentials.key],
    [uplink.sasl_password_file, credentials.saslPassword],
  ] as const;
  return named.some(([file, content]) =>
    file !== null && isCredential(file) && content === null
  );
}

function brokersNotChecked(file: string): Finding {
  return finding(
    "brokers",
    "warning",
    "not checked: the connection needs credentials that only the service receives",
    "while the service runs, as root: CREDENTIALS_DIRECTORY=" +
      `/run/credentials/${SERVICE_UNIT} sunspec-collector doctor --config ${file}`,
  );
}

/** The topics that the agent writes to, as far as the configuration determines them. */
function topicsOf(
  { uplink, devices }: LoadedConfig["config"],
): { readonly topics: readonly string[]; readonly modelTopic: readonly Finding[] } {
  const { models, ...rest } = uplink.topics;
  const topics = Object.values(rest);
  if (!devices.some(({ publish }) => publish.includes("models"))) {
    return { topics, modelTopic: [] };
  }
  if (!models.includes("{id}")) {
    return { topics: [...topics, models], modelTopic: [] };
  }
  const found = "not checked: the model ids are only known from the devices";
  const means = "create a topic for each published model; `scan` lists the model ids";
  const modelTopic = [finding(`topics ${models}`, "warning", found, means)];
  return { topics, modelTopic };
}

function assessClockSync(synced: boolean | null): Finding {
  const check = "clock";
  if (synced === true) return finding(check, "ok", "synchronised", "nothing to do");
  return synced === false
    ? finding(
      check,
      "failure",
      "not synchronised",
      "readings carry this clock's time: enable systemd-timesyncd, or set a time server in /etc/systemd/timesyncd.conf",
    )
    : finding(
      check,
      "warning",
      "sync status unknown (systemd-timesyncd not running)",
      "make sure that another service synchronises the clock; records contain clock_synced = null",
    );
}

/** Requests the status of the agent of this configuration. */
async function examineAgent(
  listen: string,
  { fetchAgentStatus }: InstallationDependencies,
  signal: AbortSignal,
): Promise<Finding> {
  const check = "agent";
  if (listen === "") {
    return finding(
      check,
      "warning",
      "cannot be checked: the status server is disabled",
      "[observe] listen enables it; status, scan and doctor then see what the agent polls",
    );
  }
  const url = `http://${listen}`;
  const fetched = await fetchAgentStatus(url, signal);
  if (!fetched.ok) {
    const found = `no agent responds at ${url}`;
    const means = "start it: systemctl start sunspec-collector";
    return finding(check, "warning", found, means);
  }
  const { summary, health, alive } = fetched.value;
  if (!alive) {
    return finding(
      check,
      "failure",
      `not responding: ${summary}`,
      "the watchdog restarts it; report it with the agent's log",
    );
  }
  if (health === "healthy") {
    return finding(check, "ok", `running: ${summary}`, "nothing to do");
  }
  const severity = health === "failing" ? "failure" : "warning";
  return finding(check, severity, `running, but ${summary}`, "see `status`");
}
