/**
 * `doctor --config FILE`: looks at a whole installation, step by step.
 *
 * @module
 */

import { dirname } from "node:path";
import { isCredential } from "../../config/source/credential.ts";
import { loadConfig, type LoadedConfig } from "../../config/source/load.ts";
import { describeProblem } from "../../config/check/problem.ts";
import { unitsOf } from "../../config/configured_units.ts";
import { type Finding, finding } from "../finding.ts";
import { readClockSynced } from "../../platform/clock_sync.ts";
import { askAgent } from "../../cli/shared/agent_client.ts";
import { toKafkaOptions } from "../../agent/options.ts";
import { examineBrokers } from "./broker.ts";
import { examineBuffer } from "./buffer_file.ts";
import { examineFolder } from "./disk.ts";
import { EXIT } from "../../cli/framework/exit_codes.ts";
import type { CliIo } from "../../cli/framework/io.ts";
import { plural } from "../../cli/terminal/words.ts";

/** What was found, and the exit code that says it. */
export interface InstallationExam {
  readonly findings: readonly Finding[];
  readonly code: number;
}

/** Where packages and administrators put a unit (systemd.unit(5)). */
const UNIT_FOLDERS = [
  "/etc/systemd/system",
  "/run/systemd/system",
  "/usr/lib/systemd/system",
  "/lib/systemd/system",
];
const UNIT = "sunspec-collector.service";

/** Examines; `tell` hears of each step as it begins. */
export async function examineInstallation(
  file: string,
  io: CliIo,
  tell: (step: string) => void,
): Promise<InstallationExam> {
  tell("reading the configuration");
  const loaded = await loadConfig(file, io.env, { outside: true });
  if (!loaded.ok) {
    const findings = loaded.fault.map((problem) =>
      finding(
        "configuration",
        problem.severity === "error" ? "bad" : "note",
        describeProblem(problem),
        "mend it; `check` says the same",
      )
    );
    return { findings, code: EXIT.config };
  }
  const { config, warnings } = loaded.value;
  const findings = [...configFindings(file, loaded.value)];
  for (const warning of warnings) {
    findings.push(
      finding(
        "configuration",
        "note",
        describeProblem(warning),
        "it runs all the same",
      ),
    );
  }
  tell("looking at the disk");
  const { buffer, uplink } = config;
  findings.push(
    ...await examineFolder("buffer", dirname(buffer.path), buffer.max_bytes),
  );
  tell("checking the buffer");
  findings.push(await examineBuffer(buffer.path));
  const local = findings.length;
  if (uplink.kind === "files") {
    findings.push(
      ...await examineFolder("files", uplink.files.path, uplink.files.max_bytes),
    );
  } else if (lacksCredentials(loaded.value)) {
    findings.push(brokersNotAsked(file));
  } else {
    const { topics, modelTopic } = topicsOf(config);
    const options = toKafkaOptions(loaded.value);
    findings.push(
      ...await examineBrokers(options, topics, tell, io.signal),
      ...modelTopic,
    );
  }
  const remote = findings.slice(local);
  tell("looking at clock, service and agent");
  findings.push(
    await examineClock(),
    await examineUnit(),
    await examineAgent(config.observe.listen, io.signal),
  );
  const isBad = ({ gravity }: Finding): boolean => gravity === "bad";
  const code = !findings.some(isBad)
    ? EXIT.ok
    : uplink.kind === "kafka" && remote.some(isBad)
    ? EXIT.unavailable
    : EXIT.failure;
  return { findings, code };
}

/** Whether the brokers want what systemd hands to the service alone. */
function lacksCredentials({ config: { uplink }, credentials }: LoadedConfig): boolean {
  const named = [
    [uplink.ca_file, credentials.ca],
    [uplink.cert_file, credentials.cert],
    [uplink.key_file, credentials.key],
    [uplink.sasl_password_file, credentials.saslPassword],
  ] as const;
  return named.some(([file, held]) =>
    file !== null && isCredential(file) && held === null
  );
}

function brokersNotAsked(file: string): Finding {
  return finding(
    "brokers",
    "note",
    "not asked: what they want to see is among the service's credentials",
    "while the service runs, as root: CREDENTIALS_DIRECTORY=" +
      `/run/credentials/${UNIT} sunspec-collector doctor --config ${file}`,
  );
}

/** The topics that this configuration writes to, as far as they are known beforehand. */
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
  const found = "not looked at: which models there are, only the devices know";
  const means = "make a topic for each model that is published; `scan` shows their ids";
  return { topics, modelTopic: [finding(`topics ${models}`, "note", found, means)] };
}

function configFindings(file: string, { config }: LoadedConfig): readonly Finding[] {
  const units = config.devices.flatMap(unitsOf).length;
  return [
    finding(
      "configuration",
      "good",
      `${file} is valid; gateway ${config.gateway.id}, ${plural(units, "unit")} at ${
        plural(config.devices.length, "address", "addresses")
      }`,
      "nothing to do",
    ),
    ...units > 0 || config.discovery.mode !== "static_config" ? [] : [
      finding(
        "devices",
        "note",
        "no device is configured",
        "`scan --write` finds and adds them",
      ),
    ],
  ];
}

async function examineClock(): Promise<Finding> {
  const synced = await readClockSynced();
  const check = "clock";
  if (synced === true) return finding(check, "good", "synchronised", "nothing to do");
  return synced === false
    ? finding(
      check,
      "bad",
      "not synchronised",
      "readings carry its time: enable systemd-timesyncd, or name a time server in /etc/systemd/timesyncd.conf",
    )
    : finding(
      check,
      "note",
      "no systemd-timesyncd here says whether it is synchronised",
      "see that some other service sets it; records then say clock_synced = null",
    );
}

async function examineUnit(): Promise<Finding> {
  const check = "watchdog";
  for (const folder of UNIT_FOLDERS) {
    const text = await Deno.readTextFile(`${folder}/${UNIT}`).catch(() => undefined);
    if (text === undefined) continue;
    const watchdog = /^WatchdogSec=(.+)$/m.exec(text)?.[1];
    const notify = /^Type=notify(?:-reload)?$/m.test(text);
    const place = `${folder}/${UNIT}`;
    return watchdog !== undefined && notify
      ? finding(
        check,
        "good",
        `${place}: WatchdogSec=${watchdog}`,
        "an agent that hangs is restarted",
      )
      : finding(
        check,
        "bad",
        `${place} has ${watchdog === undefined ? "no WatchdogSec" : "no Type=notify"}`,
        "an agent that hangs would not be restarted: set Type=notify and WatchdogSec=10",
      );
  }
  return finding(
    check,
    "note",
    `no unit ${UNIT} is installed`,
    "without systemd nobody restarts the agent",
  );
}

/** Asks the agent of this configuration, if one runs. */
async function examineAgent(listen: string, signal: AbortSignal): Promise<Finding> {
  const check = "agent";
  if (listen === "") {
    return finding(
      check,
      "note",
      "it is configured to listen nowhere, so it cannot be asked",
      "[observe] listen lets status, scan and doctor see what it polls",
    );
  }
  const url = `http://${listen}`;
  const asked = await askAgent(url, signal);
  if (!asked.ok) {
    const cure = "start it: systemctl start sunspec-collector";
    return finding(check, "note", `none answers at ${url}`, cure);
  }
  const { summary, health, alive } = asked.value;
  return alive
    ? finding(check, "good", `${health}: ${summary}`, "nothing to do")
    : finding(
      check,
      "bad",
      `it hangs: ${summary}`,
      "the watchdog restarts it; send its log",
    );
}
