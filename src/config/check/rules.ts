/**
 * Rules between the keys of a configuration.
 *
 * @module
 */

import { isLoopback, parseHostPort } from "../../base/network/address.ts";
import { ADDRESSES_MAX, expandAddresses } from "../../base/network/ip_range.ts";
import type { Config } from "../schema/schema.ts";
import { findDeviceFaults, type PlacedDevice } from "./device_rules.ts";
import { errorAt, type Violation, warningAt } from "./violation.ts";

/**
 * Checks every rule.
 *
 * @param config may lack values for which another fault is reported.
 * @param deviceIndexes the index in the file of each device of `config`.
 */
export function findRuleFaults(
  config: Config,
  deviceIndexes: readonly number[],
): readonly Violation[] {
  const placed = config.devices.map((device, nth): PlacedDevice => [
    deviceIndexes[nth] ?? nth,
    device,
  ]);
  return [
    ...gatewayFaults(config),
    ...brokerFaults(config),
    ...tlsFaults(config),
    ...saslFaults(config),
    ...sizeFaults(config),
    ...discoveryFaults(config),
    ...observeFaults(config),
    ...findDeviceFaults(placed),
  ];
}

function* gatewayFaults({ gateway, uplink }: Config): Generator<Violation> {
  if (uplink.kind !== "kafka" || gateway.id !== null) return;
  yield errorAt(
    ["gateway", "id"],
    "nothing",
    'a unique id for each gateway, such as id = "plant7-gw1"',
    "The host name is not used because gateways from a cloned image share it.",
  );
}

function* brokerFaults({ uplink }: Config): Generator<Violation> {
  const path = ["uplink", "brokers"];
  if (uplink.kind === "kafka" && uplink.brokers.length === 0) {
    const wanted = 'brokers = ["HOST:PORT"], because uplink.kind is "kafka"';
    yield errorAt(path, "nothing", wanted);
  }
  if (uplink.kind === "files" && uplink.brokers.length > 0) {
    yield warningAt(path, "brokers that are not used", 'uplink.kind = "kafka"');
  }
}

function* tlsFaults({ uplink }: Config): Generator<Violation> {
  const tls = uplink.security_protocol.endsWith("SSL");
  for (const key of ["ca_file", "cert_file", "key_file"] as const) {
    if (tls || uplink[key] === null) continue;
    yield errorAt(
      ["uplink", key],
      `a file for TLS although security_protocol is "${uplink.security_protocol}"`,
      'security_protocol = "SSL" or "SASL_SSL"',
      `Remove ${key} or change security_protocol.`,
    );
  }
  const pairs = [["cert_file", "key_file"], ["key_file", "cert_file"]] as const;
  for (const [key, other] of pairs) {
    if (uplink[key] === null || uplink[other] !== null) continue;
    const wanted = `a path, because uplink.${key} is set`;
    yield errorAt(["uplink", other], "nothing", wanted);
  }
}

function* saslFaults({ uplink }: Config): Generator<Violation> {
  const protocol = uplink.security_protocol;
  const sasl = protocol.startsWith("SASL");
  for (
    const key of ["sasl_mechanism", "sasl_username", "sasl_password_file"] as const
  ) {
    if (sasl || uplink[key] === null) continue;
    yield errorAt(
      ["uplink", key],
      `credentials although security_protocol is "${protocol}"`,
      'security_protocol = "SASL_SSL" or "SASL_PLAINTEXT"',
      `Remove ${key} or change security_protocol.`,
    );
  }
  if (!sasl) return;
  for (const key of ["sasl_mechanism", "sasl_username"] as const) {
    if (uplink[key] !== null) continue;
    const wanted = `a value, because security_protocol is "${protocol}"`;
    yield errorAt(["uplink", key], "nothing", wanted);
  }
  if (uplink.sasl_password === null && uplink.sasl_password_file === null) {
    yield errorAt(
      ["uplink", "sasl_password_file"],
      "nothing",
      "a file with the password, or the environment variable " +
        "SUNSPEC_COLLECTOR__UPLINK__SASL_PASSWORD",
    );
  }
  if (protocol === "SASL_PLAINTEXT" && uplink.sasl_mechanism === "PLAIN") {
    yield warningAt(
      ["uplink", "security_protocol"],
      "a password sent over the network in plain text",
      '"SASL_SSL" or a SCRAM mechanism',
    );
  }
}

function* sizeFaults({ uplink }: Config): Generator<Violation> {
  const { files } = uplink;
  if (files.rotate_bytes > files.max_bytes) {
    yield errorAt(
      ["uplink", "files", "rotate_bytes"],
      `${files.rotate_bytes} bytes`,
      `at most uplink.files.max_bytes (${files.max_bytes} bytes)`,
    );
  }
  if (uplink.linger_ms >= uplink.message_timeout_ms) {
    yield errorAt(
      ["uplink", "linger_ms"],
      String(uplink.linger_ms),
      `less than uplink.message_timeout_ms (${uplink.message_timeout_ms})`,
    );
  }
}

function* discoveryFaults({ discovery, devices }: Config): Generator<Violation> {
  const ranges = ["discovery", "ranges"];
  if (discovery.mode === "static_config") {
    if (discovery.ranges.length > 0) {
      const wanted = 'discovery.mode = "subnet_scan"';
      yield warningAt(ranges, "ranges that are not scanned", wanted);
    }
    if (devices.length > 0) return;
    // A warning, so that the service of a new installation starts.
    yield warningAt(
      ["devices"],
      "no device",
      'a [[devices]] table with host = "…" for each, or [discovery] mode = "subnet_scan"',
      "No data is collected until there is one.",
    );
    return;
  }
  if (discovery.ranges.length === 0) {
    const wanted =
      'a value such as ranges = ["192.168.10.0/24"], because mode is "subnet_scan"';
    yield errorAt(ranges, "nothing", wanted);
  }
  const { length } = scanAddresses(discovery);
  if (length <= ADDRESSES_MAX) return;
  const wanted = `at most ${ADDRESSES_MAX}, not counting those in exclude`;
  yield errorAt(ranges, `${length} addresses`, wanted);
}

/**
 * The addresses to scan: each address of the ranges once, without the excluded ones.
 */
export function scanAddresses(
  { ranges, exclude }: Pick<Config["discovery"], "ranges" | "exclude">,
): readonly string[] {
  const expand = (all: readonly string[]): string[] =>
    all.flatMap((range) => {
      const addresses = expandAddresses(range);
      return addresses.ok ? addresses.value : [];
    });
  const excluded = new Set(expand(exclude));
  return [...new Set(expand(ranges))].filter((address) => !excluded.has(address));
}

function* observeFaults({ observe }: Config): Generator<Violation> {
  const address = parseHostPort(observe.listen);
  if (address === undefined || isLoopback(address.host)) return;
  yield warningAt(
    ["observe", "listen"],
    `${observe.listen}, which other machines can reach`,
    'a loopback address such as "127.0.0.1:9464"',
    "The status page shows device names and addresses and requires no password.",
  );
}
