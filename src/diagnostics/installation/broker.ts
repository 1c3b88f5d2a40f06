/**
 * The way to the broker, step by step.
 *
 * @module
 */

import { parseHostPort } from "../../base/address.ts";
import { type Finding, finding } from "../finding.ts";
import { bad, good } from "../../base/result.ts";
import { resolveHost } from "../../modbus/resolve.ts";
import type { KafkaOptions } from "../../uplink/kafka/options.ts";
import {
  probeLogin,
  probeTcp,
  probeTls,
  probeTopic,
  type StepResult,
} from "../../uplink/kafka/probe.ts";
import type { SendFailure } from "../../uplink/uplink.ts";

/** What to do about a failed step, by the failure's name. */
const CURES: Readonly<Record<string, string>> = {
  UNKNOWN_HOST: "check the name in [uplink].brokers, and this machine's name server",
  UNREACHABLE:
    "check host and port in [uplink].brokers, the firewall, and whether the broker runs; a broker that hangs up at once often speaks another security_protocol at this port",
  TLS_UNTRUSTED: "ca_file must hold the authority that signed the broker's certificate",
  TLS_WRONG_NAME:
    "the broker's certificate is for another name: use that name in [uplink].brokers",
  TLS_EXPIRED:
    "the certificate has expired or is not valid yet: renew it, or set this machine's clock",
  TLS_FAILURE:
    "check that this is the broker's TLS port, and cert_file and key_file if it wants a client's certificate",
  SASL_AUTHENTICATION_FAILED: "check sasl_username and sasl_password_file",
  UNSUPPORTED_SASL_MECHANISM: "check sasl_mechanism: the broker offers others",
  CLUSTER_AUTHORIZATION_FAILED: "grant the user IDEMPOTENT_WRITE on the cluster",
  UNKNOWN_TOPIC_OR_PARTITION:
    "make the topic: the agent never does (kafka-topics.sh --create --topic NAME)",
  TOPIC_AUTHORIZATION_FAILED: "grant the user WRITE and DESCRIBE on the topic",
};

/** Goes the way, as far as it leads. */
export async function examineBrokers(
  options: KafkaOptions,
  topics: readonly string[],
  tell: (step: string) => void,
  signal: AbortSignal,
): Promise<readonly Finding[]> {
  const findings: Finding[] = [];
  const note = (
    check: string,
    step: StepResult,
    failed: "note" | "bad" = "bad",
  ): boolean => {
    findings.push(
      step.ok
        ? finding(check, "good", step.value, "nothing to do")
        : failure(check, step.fault, failed),
    );
    return step.ok;
  };
  let reached = 0;
  for (const broker of options.brokers) {
    const address = parseHostPort(broker, 9092);
    if (address === undefined) continue;
    const { host, port } = address;
    tell(`trying ${broker}`);
    // Of several brokers one is enough to begin with.
    const failed = options.brokers.length > 1 ? "note" : "bad";
    if (!note(`broker ${broker}: name`, await findName(host), failed)) continue;
    if (!note(`broker ${broker}: TCP`, await probeTcp(host, port, signal), failed)) {
      continue;
    }
    if (options.securityProtocol.endsWith("SSL")) {
      const tls = await probeTls(host, port, options, signal);
      if (!note(`broker ${broker}: TLS`, tls, failed)) continue;
    }
    reached++;
  }
  if (reached === 0) {
    if (options.brokers.length > 1) {
      findings.push(
        finding(
          "brokers",
          "bad",
          "none can be reached",
          "readings wait in the buffer until one can",
        ),
      );
    }
    return findings;
  }
  tell("logging in");
  if (!note("login", await probeLogin(options, signal))) return findings;
  for (const topic of new Set(topics)) {
    tell(`looking at topic ${topic}`);
    const { exists, write } = await probeTopic(options, topic, signal);
    if (!note(`topic ${topic}`, exists)) continue;
    if (write !== null) note(`topic ${topic}: writing`, write);
    else {
      findings.push(
        finding(
          `topic ${topic}: writing`,
          "note",
          "not tried: the broker does not say how large a record may be, or takes very large ones",
          "the first record will tell; DESCRIBE_CONFIGS on the topic lets doctor try",
        ),
      );
    }
  }
  return findings;
}

/** The addresses of a broker's name. */
async function findName(host: string): Promise<StepResult> {
  const found = await resolveHost(host);
  if (found.length > 0) return good(found.join(", "));
  const detail = "no name server and no hosts file knows it";
  return bad({ errorName: "UNKNOWN_HOST", detail });
}

function failure(
  check: string,
  { errorName, detail }: SendFailure,
  gravity: "note" | "bad",
): Finding {
  const cure = CURES[errorName] ?? "see the broker's log";
  return finding(check, gravity, `${errorName}: ${detail}`, cure);
}
