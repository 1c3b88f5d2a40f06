/**
 * What must hold between the keys of a configuration.
 *
 * @module
 */

import { ADDRESSES_MAX, expandAddresses } from "../../base/ip_range.ts";
import { isLoopback, parseHostPort } from "../../base/address.ts";
import type { Config } from "../schema/schema.ts";
import { findDeviceFaults, type PlacedDevice } from "./device_rules.ts";
import type { Ruling } from "./rule_violation.ts";

/**
 * Checks every rule. `config` may lack what has faults of its own; those are
 * told of elsewhere. `deviceIndexes` says where each of its devices stands in
 * the file.
 */
export function findRuleFaults(
  config: Config,
  deviceIndexes: readonly number[],
): readonly Ruling[] {
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

function* gatewayFaults({ gateway, uplink }: Config): Generator<Ruling> {
  if (uplink.kind !== "kafka" || gateway.id !== null) return;
  yield {
    severity: "error",
    path: ["gateway", "id"],
    found: "nothing",
    wanted: 'an id of its own for every gateway, such as id = "plant7-gw1"',
    hint: "gateways whose image was cloned share their host name",
  };
}

function* brokerFaults({ uplink }: Config): Generator<Ruling> {
  const path = ["uplink", "brokers"];
  if (uplink.kind === "kafka" && uplink.brokers.length === 0) {
    yield {
      severity: "error",
      path,
      found: "nothing",
      wanted: 'brokers = ["HOST:PORT"], because uplink.kind is "kafka"',
      hint: null,
    };
  }
  if (uplink.kind === "files" && uplink.brokers.length > 0) {
    yield {
      severity: "warning",
      path,
      found: "brokers that are not used",
      wanted: 'uplink.kind = "kafka"',
      hint: null,
    };
  }
}

function* tlsFaults({ uplink }: Config): Generator<Ruling> {
  const tls = uplink.security_protocol.endsWith("SSL");
  for (const key of ["ca_file", "cert_file", "key_file"] as const) {
    if (tls || uplink[key] === null) continue;
    yield {
      severity: "error",
      path: ["uplink", key],
      found: `a file for TLS beside security_protocol = "${uplink.security_protocol}"`,
      wanted: 'security_protocol = "SSL" or "SASL_SSL", or no such file',
      hint: null,
    };
  }
  for (
    const [key, other] of [["cert_file", "key_file"], [
      "key_file",
      "cert_file",
    ]] as const
  ) {
    if (uplink[key] === null || uplink[other] !== null) continue;
    yield {
      severity: "error",
      path: ["uplink", other],
      found: "nothing",
      wanted: `a path, because uplink.${key} is set`,
      hint: null,
    };
  }
}

function* saslFaults({ uplink }: Config): Generator<Ruling> {
  const protocol = uplink.security_protocol;
  const sasl = protocol.startsWith("SASL");
  for (
    const key of ["sasl_mechanism", "sasl_username", "sasl_password_file"] as const
  ) {
    if (sasl || uplink[key] === null) continue;
    yield {
      severity: "error",
      path: ["uplink", key],
      found: `credentials beside security_protocol = "${protocol}"`,
      wanted: 'security_protocol = "SASL_SSL" or "SASL_PLAINTEXT", or no credentials',
      hint: null,
    };
  }
  if (!sasl) return;
  for (const key of ["sasl_mechanism", "sasl_username"] as const) {
    if (uplink[key] !== null) continue;
    yield {
      severity: "error",
      path: ["uplink", key],
      found: "nothing",
      wanted: `a value, because security_protocol is "${protocol}"`,
      hint: null,
    };
  }
  if (uplink.sasl_password === null && uplink.sasl_password_file === null) {
    yield {
      severity: "error",
      path: ["uplink", "sasl_password_file"],
      found: "nothing",
      wanted:
        "a file that holds the password, or the environment variable SUNSPEC_COLLECTOR__UPLINK__SASL_PASSWORD",
      hint: null,
    };
  }
  if (protocol === "SASL_PLAINTEXT" && uplink.sasl_mechanism === "PLAIN") {
    yield {
      severity: "warning",
      path: ["uplink", "security_protocol"],
      found: "a password that crosses the network in clear",
      wanted: '"SASL_SSL", or a SCRAM mechanism',
      hint: null,
    };
  }
}

function* sizeFaults({ uplink }: Config): Generator<Ruling> {
  const { files } = uplink;
  if (files.rotate_bytes > files.max_bytes) {
    yield {
      severity: "error",
      path: ["uplink", "files", "rotate_bytes"],
      found: `${files.rotate_bytes} bytes`,
      wanted: `no more than uplink.files.max_bytes (${files.max_bytes} bytes)`,
      hint: null,
    };
  }
  if (uplink.linger_ms >= uplink.message_timeout_ms) {
    yield {
      severity: "error",
      path: ["uplink", "linger_ms"],
      found: String(uplink.linger_ms),
      wanted: `less than uplink.message_timeout_ms (${uplink.message_timeout_ms})`,
      hint: null,
    };
  }
}

function* discoveryFaults({ discovery, devices }: Config): Generator<Ruling> {
  if (discovery.mode === "static_config") {
    if (discovery.ranges.length > 0) {
      yield {
        severity: "warning",
        path: ["discovery", "ranges"],
        found: "ranges that are not looked at",
        wanted: 'discovery.mode = "subnet_scan"',
        hint: null,
      };
    }
    if (devices.length > 0) return;
    // A gateway that was just installed starts, and says what it waits for.
    yield {
      severity: "warning",
      path: ["devices"],
      found: "no device",
      wanted:
        'a [[devices]] table with host = "…" for each, or [discovery] mode = "subnet_scan"',
      hint: "nothing is collected until there is one",
    };
    return;
  }
  if (discovery.ranges.length === 0) {
    yield {
      severity: "error",
      path: ["discovery", "ranges"],
      found: "nothing",
      wanted: 'ranges = ["192.168.10.0/24"] or the like, because mode is "subnet_scan"',
      hint: null,
    };
  }
  const { length } = addressesOf(discovery);
  if (length <= ADDRESSES_MAX) return;
  yield {
    severity: "error",
    path: ["discovery", "ranges"],
    found: `${length} addresses`,
    wanted: `${ADDRESSES_MAX} at most, those in exclude not counted`,
    hint: null,
  };
}

/** The addresses to look at: each of the ranges once, without those that are left alone. */
export function addressesOf(
  { ranges, exclude }: Pick<Config["discovery"], "ranges" | "exclude">,
): readonly string[] {
  const expand = (all: readonly string[]): string[] =>
    all.flatMap((range) => {
      const addresses = expandAddresses(range);
      return addresses.ok ? addresses.value : [];
    });
  const left = new Set(expand(exclude));
  return [...new Set(expand(ranges))].filter((address) => !left.has(address));
}

function* observeFaults({ observe }: Config): Generator<Ruling> {
  const place = parseHostPort(observe.listen);
  if (place === undefined || isLoopback(place.host)) return;
  yield {
    severity: "warning",
    path: ["observe", "listen"],
    found: `${observe.listen}, which other machines may reach`,
    wanted: 'a loopback address such as "127.0.0.1:9464"',
    hint: "names and addresses of devices are told there without a password",
  };
}
