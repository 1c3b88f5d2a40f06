/**
 * Examines the connection to the brokers step by step: name, TCP, TLS, authentication,
 * topics.
 *
 * @module
 */

import { parseHostPort } from "../../base/network/address.ts";
import { type Finding, finding, type Severity } from "../finding.ts";
import { bad, good } from "../../base/result.ts";
import { resolveHost } from "../../platform/resolve_host.ts";
import type { KafkaOptions } from "../../uplink/kafka/options.ts";
import { ADVERTISED_UNREACHABLE } from "../../uplink/kafka/advertised.ts";
import {
  probeAdvertised,
  probeLogin,
  probeTopic,
} from "../../uplink/kafka/probe/probe.ts";
import {
  probeTcp,
  probeTls,
  type StepResult,
} from "../../uplink/kafka/probe/connection.ts";

const CHANGE_COMPRESSION =
  'set uplink.compression to "gzip" or "none"; zstd requires Kafka 2.1 or later';

/** What to do about a failed step, by error name. */
const REMEDIES: Readonly<Record<string, string>> = {
  UNKNOWN_HOST:
    "check the name in [uplink].brokers and the DNS settings of this machine",
  UNREACHABLE:
    "check host and port in [uplink].brokers, the firewall, and whether the broker is running; a broker that closes the connection at once often expects another security_protocol on this port",
  ADVERTISED_UNREACHABLE:
    "change advertised.listeners of the broker to a name and port that this machine can reach, or make the advertised address reachable (DNS, hosts file, firewall); it is not a setting of the agent",
  TLS_UNTRUSTED:
    "ca_file must contain the certificate authority that signed the broker's certificate",
  TLS_WRONG_NAME:
    "the broker's certificate is issued for another name: use that name in [uplink].brokers",
  TLS_EXPIRED:
    "the certificate has expired or is not valid yet: renew it, or correct this machine's clock",
  TLS_FAILURE:
    "check that this is the broker's TLS port; if it requires a client certificate, check cert_file and key_file",
  SASL_AUTHENTICATION_FAILED: "check sasl_username and sasl_password_file",
  UNSUPPORTED_SASL_MECHANISM: "check sasl_mechanism: the broker does not offer it",
  CLUSTER_AUTHORIZATION_FAILED: "grant the user IDEMPOTENT_WRITE on the cluster",
  UNKNOWN_TOPIC_OR_PARTITION:
    "create the topic: the agent does not (kafka-topics.sh --create --topic NAME)",
  UNSUPPORTED_FOR_MESSAGE_FORMAT: CHANGE_COMPRESSION,
  UNSUPPORTED_COMPRESSION_TYPE: CHANGE_COMPRESSION,
  TOPIC_AUTHORIZATION_FAILED: "grant the user WRITE and DESCRIBE on the topic",
};

/** Tries the steps in order; a failed step ends the checks that depend on it. */
export async function examineBrokers(
  options: KafkaOptions,
  topics: readonly string[],
  onStep: (step: string) => void,
  signal: AbortSignal,
): Promise<readonly Finding[]> {
  const { brokers } = options;
  const findings: Finding[] = [];
  let reachable = 0;
  for (const broker of brokers) {
    onStep(`trying ${broker}`);
    const found = await examineConnection(broker, options, signal);
    findings.push(...found);
    if (found.length > 0 && found.every(isOk)) reachable++;
  }
  if (reachable === 0) {
    if (brokers.length > 1) {
      const means = "records are buffered until one is";
      findings.push(finding("brokers", "failure", "none is reachable", means));
    }
    return findings;
  }
  onStep("authenticating");
  const login = await probeLogin(options, signal);
  // The client has authenticated before it learns the advertised addresses.
  if (login.ok || login.fault.errorName !== ADVERTISED_UNREACHABLE) {
    findings.push(toFinding("authentication", login));
  }
  const advertised = login.ok ? await probeAdvertised(options, signal) : login;
  if (advertised.ok || advertised.fault.errorName === ADVERTISED_UNREACHABLE) {
    findings.push(toFinding("advertised addresses", advertised));
  }
  if (!login.ok) return findings;
  for (const topic of new Set(topics)) {
    onStep(`checking topic ${topic}`);
    findings.push(...await examineTopic(topic, options, signal));
  }
  return findings;
}

/** Tries name, TCP and TLS of one broker, up to the first failure. */
async function examineConnection(
  broker: string,
  options: KafkaOptions,
  signal: AbortSignal,
): Promise<readonly Finding[]> {
  const address = parseHostPort(broker, 9092);
  if (address === undefined) return [];
  const { host, port } = address;
  // One reachable broker is enough to bootstrap.
  const failed = options.brokers.length > 1 ? "warning" : "failure";
  const steps: readonly (readonly [string, () => Promise<StepResult>])[] = [
    ["name", () => resolveName(host)],
    ["TCP", () => probeTcp(host, port, signal)],
    ...options.securityProtocol.endsWith("SSL")
      ? [["TLS", () => probeTls(host, port, options, signal)] as const]
      : [],
  ];
  const findings: Finding[] = [];
  for (const [name, probe] of steps) {
    const found = toFinding(`broker ${broker}: ${name}`, await probe(), failed);
    findings.push(found);
    if (!isOk(found)) break;
  }
  return findings;
}

async function examineTopic(
  topic: string,
  options: KafkaOptions,
  signal: AbortSignal,
): Promise<readonly Finding[]> {
  const { exists, write } = await probeTopic(options, topic, signal);
  const existence = toFinding(`topic ${topic}`, exists);
  if (!exists.ok) return [existence];
  const check = `topic ${topic}: writing`;
  return [
    existence,
    write !== null ? toFinding(check, write) : finding(
      check,
      "warning",
      "not checked: the maximum record size of the topic is unknown or very large",
      "grant DESCRIBE_CONFIGS on the topic to enable the check",
    ),
  ];
}

/** Resolves a broker's name. */
async function resolveName(host: string): Promise<StepResult> {
  const found = await resolveHost(host);
  if (found.length > 0) return good(found.join(", "));
  const detail = "the name is not in DNS or the hosts file";
  return bad({ errorName: "UNKNOWN_HOST", detail });
}

function toFinding(
  check: string,
  step: StepResult,
  failed: Severity = "failure",
): Finding {
  if (step.ok) return finding(check, "ok", step.value, "nothing to do");
  const { errorName, detail } = step.fault;
  const remedy = REMEDIES[errorName] ?? "see the broker's log";
  return finding(check, failed, `${errorName}: ${detail}`, remedy);
}

function isOk({ severity }: Finding): boolean {
  return severity === "ok";
}
