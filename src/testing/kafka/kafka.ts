/**
 * A real Apache Kafka broker (KRaft, one node) on loopback, for tests.
 *
 * Its jars are downloaded once from Maven Central into `.tools/kafka/` (54 MB). It listens
 * on free ports, keeps its data in a temporary folder, and ends with the process that
 * started it.
 *
 * @module
 */

import { freePorts } from "../network/free_ports.ts";
import { installBroker } from "./kafka_install.ts";
import { makeCertificates } from "./kafka_certs.ts";
import { log4j, serverProperties } from "./kafka_config.ts";
import { type FaultProxy, startProxy } from "../network/proxy.ts";
import { PROJECT_ROOT, PYTHON } from "../project_root.ts";

const START_LIMIT_MS = 60_000;
const STOP_LIMIT_MS = 20_000;
const POLL_MS = 50;
/** Start attempts: a free port may be taken before the broker binds it. */
const START_TRIES = 3;

/** Options of a new topic. */
export interface TopicOptions {
  /** Default 3. */
  readonly partitions?: number;
  /** Topic settings, such as `max.message.bytes`. */
  readonly config?: Readonly<Record<string, string>>;
}

/** Options of a broker. */
export interface BrokerOptions {
  /** Further lines of server.properties. */
  readonly properties?: Readonly<Record<string, string>>;
  /** Further proxies, each in front of its own plaintext listener; called with that listener's port. */
  readonly fronts?: readonly ((target: number) => Front)[];
}

/** A proxy in front of a listener; the broker advertises its address. */
export interface Front {
  /** Advertised host; default 127.0.0.1. */
  readonly host?: string;
  readonly port: number;
  close(): Promise<void>;
}

/** A running broker. */
export interface TestBroker {
  /** Plaintext listener, `127.0.0.1:port`. */
  readonly bootstrap: string;
  /** TLS listener; its certificate is from {@linkcode TestBroker.caFile}, for localhost and 127.0.0.1. */
  readonly sslBootstrap: string;
  /** TLS listener that requires a client certificate. */
  readonly mutualTlsBootstrap: string;
  /** TLS listener with SASL PLAIN and SCRAM-SHA-256/512: alice, alice-secret. */
  readonly saslBootstrap: string;
  /** Plaintext through {@linkcode TestBroker.proxy}. */
  readonly proxiedBootstrap: string;
  readonly proxy: FaultProxy;
  readonly caFile: string;
  /** A certificate authority that did not sign the broker's certificate. */
  readonly wrongCaFile: string;
  readonly clientCertFile: string;
  readonly clientKeyFile: string;
  /** Text of the broker's log. */
  readonly logFile: string;
  createTopic(name: string, options?: TopicOptions): Promise<void>;
  deleteTopic(name: string): Promise<void>;
  /** Topics that have partitions on the broker's disk. */
  storedTopics(): readonly string[];
  /** Stops the broker in order (SIGTERM). */
  stop(): Promise<void>;
  /** kill -9. */
  kill(): Promise<void>;
  /** Restarts the broker with its data and ports. */
  start(): Promise<void>;
  /** SIGSTOP: the kernel accepts connections, the broker does not answer. */
  pause(): void;
  /** SIGCONT. */
  resume(): void;
  /** Stops the broker and removes its data. */
  [Symbol.asyncDispose](): Promise<void>;
}

/** Runs `use` with a broker, and stops the broker in any case. */
export async function withBroker(
  use: (broker: TestBroker) => Promise<void>,
  options: BrokerOptions = {},
): Promise<void> {
  await using broker = await startBroker(options);
  await use(broker);
}

/** Starts a broker and waits until it answers. */
export async function startBroker(options: BrokerOptions = {}): Promise<TestBroker> {
  for (let tries = 1;; tries++) {
    try {
      return await tryToStart(options);
    } catch (error) {
      if (tries === START_TRIES) throw error;
    }
  }
}

async function tryToStart(options: BrokerOptions): Promise<TestBroker> {
  const libs = await installBroker();
  const folder = await Deno.makeTempDir({ prefix: "kafka-" });
  const makers = options.fronts ?? [];
  const [
    plain = 0,
    ssl = 0,
    mutual = 0,
    sasl = 0,
    proxied = 0,
    controller = 0,
    ...behind
  ] = freePorts(6 + makers.length);
  const proxy = startProxy(proxied);
  const fronts = makers.map((start, at) => start(behind[at] ?? 0));
  const certificates = await makeCertificates(`${folder}/certs`);
  const logFile = `${folder}/server.log`;
  const properties = `${folder}/server.properties`;
  await Deno.writeTextFile(`${folder}/log4j2.yaml`, log4j(logFile));
  await Deno.writeTextFile(
    properties,
    serverProperties(
      {
        plain,
        ssl,
        mutual,
        sasl,
        proxied,
        proxy: proxy.port,
        controller,
        fronts: fronts.map((front, at) => ({ ...front, behind: behind[at] ?? 0 })),
      },
      folder,
      certificates,
      options.properties ?? {},
    ),
  );
  let running: Running | null = null;

  async function start(): Promise<void> {
    running = await launch(libs, folder, properties);
    await untilUp(running, [plain, ssl, mutual, sasl, proxied, ...behind], folder);
  }

  async function end(signal: "SIGTERM" | "SIGKILL"): Promise<void> {
    const ending = running;
    running = null;
    if (ending !== null) await ending.end(signal);
  }

  async function dispose(): Promise<void> {
    await end("SIGKILL");
    for (const front of [proxy, ...fronts]) await front.close();
    await Deno.remove(folder, { recursive: true });
  }

  try {
    await format(libs, folder, properties);
    await start();
  } catch (error) {
    await dispose();
    throw error;
  }
  const bootstrap = `127.0.0.1:${plain}`;
  return {
    bootstrap,
    sslBootstrap: `127.0.0.1:${ssl}`,
    mutualTlsBootstrap: `127.0.0.1:${mutual}`,
    saslBootstrap: `127.0.0.1:${sasl}`,
    proxiedBootstrap: `127.0.0.1:${proxy.port}`,
    proxy,
    ...certificates,
    logFile,
    createTopic: (name, { partitions = 3, config = {} } = {}) =>
      topicTool([
        bootstrap,
        "create",
        name,
        String(partitions),
        ...Object.entries(config).map(([key, value]) => `${key}=${value}`),
      ]),
    deleteTopic: (name) => topicTool([bootstrap, "delete", name]),
    storedTopics: () => storedTopics(`${folder}/data`),
    stop: () => end("SIGTERM"),
    kill: () => end("SIGKILL"),
    start,
    pause: () => running?.signal("SIGSTOP"),
    resume: () => running?.signal("SIGCONT"),
    [Symbol.asyncDispose]: dispose,
  };
}

interface Running {
  readonly isOver: () => boolean;
  signal(signal: Deno.Signal): void;
  end(signal: "SIGTERM" | "SIGKILL"): Promise<void>;
}

/**
 * Shell script that runs the broker's JVM and kills it when the shell's stdin closes, which
 * also happens if this process dies.
 */
const SUPERVISE = `exec 3<&0
java "$@" </dev/null >>"$LOG" 2>&1 &
J=$!
echo $J
{ cat <&3 >/dev/null; kill -KILL $J; } 2>/dev/null &
W=$!
wait $J
kill $W 2>/dev/null`;

async function launch(
  libs: string,
  folder: string,
  properties: string,
): Promise<Running> {
  const child = new Deno.Command("sh", {
    args: [
      ...["-c", SUPERVISE, "supervise", "-Xms64m", "-Xmx256m", "-XX:+UseSerialGC"],
      ...["-XX:TieredStopAtLevel=1", "-Djava.awt.headless=true"],
      ...[`-Dlog4j2.configurationFile=${folder}/log4j2.yaml`],
      ...["-Dlog4j2.disableJmx=true", "-cp", `${libs}/*`, "kafka.Kafka", properties],
    ],
    env: { LOG: `${folder}/stdout.log` },
    stdin: "piped",
    stdout: "piped",
    stderr: "null",
  }).spawn();
  let over = false;
  const ended = child.status.then(() => void (over = true));
  const reader = child.stdout.getReader();
  const { value } = await reader.read();
  const pid = Number(new TextDecoder().decode(value));
  await reader.cancel();
  function signal(name: Deno.Signal): void {
    if (!over) Deno.kill(pid, name);
  }
  return {
    isOver: () => over,
    signal,
    async end(name) {
      signal(name);
      if (name === "SIGTERM") {
        const timer = setTimeout(() => signal("SIGKILL"), STOP_LIMIT_MS);
        await ended;
        clearTimeout(timer);
      } else await ended;
      await child.stdin.close();
    },
  };
}

async function untilUp(
  running: Running,
  ports: readonly number[],
  folder: string,
): Promise<void> {
  const deadline = Date.now() + START_LIMIT_MS;
  for (const port of ports) {
    while (!await accepts(port)) {
      if (running.isOver() || Date.now() > deadline) {
        const output = await Deno.readTextFile(`${folder}/stdout.log`).catch(() => "");
        const log = await Deno.readTextFile(`${folder}/server.log`).catch(() => "");
        await running.end("SIGKILL");
        throw new Error(`the broker did not start: ${(output + log).slice(-2_000)}`);
      }
      await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    }
  }
}

async function accepts(port: number): Promise<boolean> {
  try {
    (await Deno.connect({ hostname: "127.0.0.1", port })).close();
    return true;
  } catch {
    return false;
  }
}

async function format(libs: string, folder: string, properties: string): Promise<void> {
  await runTool("java", [
    ...["-Xmx128m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"],
    ...[`-Dlog4j2.configurationFile=${folder}/log4j2.yaml`, "-cp", `${libs}/*`],
    ...["kafka.tools.StorageTool", "format", "-t", "SunspecTestCluster0001"],
    ...["-c", properties],
    ...["--add-scram", "SCRAM-SHA-256=[name=alice,password=alice-secret]"],
    ...["--add-scram", "SCRAM-SHA-512=[name=alice,password=alice-secret]"],
  ]);
}

/** Names of the topics that have a folder `topic-partition`, without internal topics. */
function storedTopics(dataFolder: string): readonly string[] {
  const names = [...Deno.readDirSync(dataFolder)]
    .flatMap(({ name }) => /^(?!__)(.+)-\d+$/.exec(name)?.[1] ?? []);
  return [...new Set(names)].sort();
}

async function topicTool(args: string[]): Promise<void> {
  await runTool(PYTHON, [
    `${PROJECT_ROOT}src/testing/kafka/kafka_topic.py`,
    ...args,
  ]);
}

async function runTool(program: string, args: string[]): Promise<void> {
  const { success, stdout, stderr } = await new Deno.Command(program, {
    args,
    signal: AbortSignal.timeout(START_LIMIT_MS),
  }).output();
  if (success) return;
  const output = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes)).join(
    "",
  );
  throw new Error(`${program} ${args.at(-1)}: ${output.slice(-2_000)}`);
}
