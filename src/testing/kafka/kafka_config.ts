/**
 * The broker's configuration files.
 *
 * @module
 */

import type { Certificates } from "./kafka_certs.ts";

const LOOPBACK = "127.0.0.1";

/** Ports of the listeners; `proxied` is advertised as `proxy`. */
export interface BrokerPorts {
  readonly plain: number;
  readonly ssl: number;
  readonly mutual: number;
  readonly sasl: number;
  readonly proxied: number;
  readonly proxy: number;
  readonly controller: number;
  /** Further plaintext listeners with their advertised addresses. */
  readonly fronts: readonly {
    readonly behind: number;
    readonly host?: string;
    readonly port: number;
  }[];
}

/** server.properties of a node that is broker and controller. */
export function serverProperties(
  ports: BrokerPorts,
  folder: string,
  certificates: Certificates,
  more: Readonly<Record<string, string>>,
): string {
  const listeners = [
    ["PLAINTEXT", ports.plain, LOOPBACK, ports.plain, "PLAINTEXT"],
    ["SSL", ports.ssl, LOOPBACK, ports.ssl, "SSL"],
    ["MTLS", ports.mutual, LOOPBACK, ports.mutual, "SSL"],
    ["SASL_SSL", ports.sasl, LOOPBACK, ports.sasl, "SASL_SSL"],
    ["PROXIED", ports.proxied, LOOPBACK, ports.proxy, "PLAINTEXT"],
    ...ports.fronts.map(({ behind, host = LOOPBACK, port }, at) =>
      [`FRONT${at}`, behind, host, port, "PLAINTEXT"] as const
    ),
  ] as const;
  const login = "org.apache.kafka.common.security";
  const properties: Record<string, string> = {
    "process.roles": "broker,controller",
    "node.id": "1",
    "controller.quorum.voters": `1@127.0.0.1:${ports.controller}`,
    "controller.listener.names": "CONTROLLER",
    "inter.broker.listener.name": "PLAINTEXT",
    "listeners": [
      ...listeners.map(([name, port]) => `${name}://${LOOPBACK}:${port}`),
      `CONTROLLER://127.0.0.1:${ports.controller}`,
    ].join(","),
    "advertised.listeners": listeners
      .map(([name, , host, port]) => `${name}://${host}:${port}`).join(","),
    "listener.security.protocol.map": [
      ...listeners.map(([name, , , , protocol]) => `${name}:${protocol}`),
      "CONTROLLER:PLAINTEXT",
    ].join(","),
    "ssl.keystore.type": "PEM",
    "ssl.keystore.location": certificates.serverFile,
    "ssl.truststore.type": "PEM",
    "ssl.truststore.location": certificates.caFile,
    "listener.name.mtls.ssl.client.auth": "required",
    "sasl.enabled.mechanisms": "PLAIN,SCRAM-SHA-256,SCRAM-SHA-512",
    "listener.name.sasl_ssl.plain.sasl.jaas.config":
      `${login}.plain.PlainLoginModule required user_alice="alice-secret";`,
    "listener.name.sasl_ssl.scram-sha-256.sasl.jaas.config":
      `${login}.scram.ScramLoginModule required;`,
    "listener.name.sasl_ssl.scram-sha-512.sasl.jaas.config":
      `${login}.scram.ScramLoginModule required;`,
    "log.dirs": `${folder}/data`,
    "num.network.threads": "2",
    "num.io.threads": "2",
    "background.threads": "1",
    // Auto-creation is on: the tests show that the agent does not cause it.
    "auto.create.topics.enable": "true",
    "offsets.topic.replication.factor": "1",
    "offsets.topic.num.partitions": "1",
    "transaction.state.log.replication.factor": "1",
    "transaction.state.log.min.isr": "1",
    "transaction.state.log.num.partitions": "1",
    "share.coordinator.state.topic.replication.factor": "1",
    "share.coordinator.state.topic.min.isr": "1",
    "group.initial.rebalance.delay.ms": "0",
    "log.retention.ms": "-1",
    "log.cleaner.dedupe.buffer.size": "16777216",
    "log.cleaner.threads": "1",
    // After kill -9, the old registration must expire before the broker can register again.
    "broker.session.timeout.ms": "2000",
    "broker.heartbeat.interval.ms": "400",
    ...more,
  };
  return Object.entries(properties).map(([key, value]) => `${key}=${value}\n`).join("");
}

/** Warnings go to a file. */
export function log4j(logFile: string): string {
  return `Configuration:
  Appenders:
    File: { name: F, fileName: "${logFile}", PatternLayout: { pattern: "%d %p %c{1}: %m%n" } }
  Loggers:
    Root: { level: WARN, AppenderRef: { ref: F } }
`;
}
