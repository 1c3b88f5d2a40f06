/** A broker's name with several addresses. */

import { match, ok, strictEqual } from "node:assert/strict";
import { connect } from "node:net";
import { createReachableLookup } from "../../src/uplink/kafka/reachable_lookup.ts";
import { startBroker } from "../../src/testing/kafka/kafka.ts";
import { startSilentListener } from "../../src/testing/network/silent_listener.ts";
import { freePorts } from "../../src/testing/network/free_ports.ts";
import { PROJECT_ROOT } from "../../src/testing/project_root.ts";

const LIMIT_MS = 10_000;
const NEVER = new AbortController().signal;
/** Loopback addresses that no other test uses. */
const SILENT = "127.7.251.1";
const CLOSED = "127.7.251.2";
/** Node gives each address but the last one this time. */
const NODE_ATTEMPT_MS = 250;

interface Opened {
  readonly result: string;
  readonly tookMs: number;
}

/** Opens a socket as the Kafka client does; the address, or the error. */
async function open(addresses: readonly string[], port: number): Promise<Opened> {
  const resolve = () => Promise.resolve(addresses);
  const lookup = createReachableLookup(port, LIMIT_MS, NEVER, resolve);
  const beganMs = performance.now();
  const opened = Promise.withResolvers<string>();
  const socket = connect({ host: "kafka.example", port, lookup }, () => {
    opened.resolve(socket.remoteAddress ?? "");
  });
  socket.once("error", ({ message }) => opened.resolve(message));
  const result = await opened.promise;
  socket.destroy();
  return { result, tookMs: performance.now() - beganMs };
}

Deno.test("a broker's address that answers slowly is not abandoned while another one refuses", async () => {
  await using slow = await startSilentListener(SILENT);
  setTimeout(() => slow.answer(), 2 * NODE_ATTEMPT_MS);
  const { result, tookMs } = await open([SILENT, CLOSED], slow.port);
  strictEqual(result, SILENT);
  ok(tookMs > NODE_ATTEMPT_MS, `the address answered after ${tookMs} ms`);
});

Deno.test("a broker's address that does not answer delays the next one by less than a second", async () => {
  await using silent = await startSilentListener(SILENT);
  const { port } = silent;
  using _listener = Deno.listen({ hostname: "127.0.0.1", port });
  const { result, tookMs } = await open([SILENT, CLOSED, "127.0.0.1"], port);
  strictEqual(result, "127.0.0.1");
  ok(tookMs < LIMIT_MS / 2, `${tookMs} ms`);
});

Deno.test("a failure of all addresses of a broker names each of them", async () => {
  const [port = 0] = freePorts(1);
  const { result } = await open([CLOSED, "127.0.0.1"], port);
  match(
    result,
    /^no address of kafka\.example:\d+ accepts a connection: 127\.7\.251\.2 refused the connection, 127\.0\.0\.1 refused the connection$/,
  );
});

Deno.test("doctor reaches a broker through any address of its name", async () => {
  await using broker = await startBroker();
  await broker.createTopic("sunspec.inverter");
  const port = Number(broker.bootstrap.split(":")[1]);
  await using _silent = await startSilentListener(SILENT, port);
  const folder = await Deno.makeTempDir();
  try {
    const hosts = ["::1", CLOSED, SILENT, "127.0.0.1"]
      .map((address) => `${address} kafka.example\n`).join("");
    await Deno.writeTextFile(`${folder}/hosts`, hosts);
    await Deno.writeTextFile(
      `${folder}/c.toml`,
      `[gateway]\nid = "gw"\n[buffer]\npath = "${folder}/queue.db"\nmax_bytes = "16MiB"\n` +
        `[uplink]\nkind = "kafka"\nbrokers = ["kafka.example:${port}"]\n`,
    );
    const inNamespace = 'mount --bind "$0/hosts" /etc/hosts && exec "$@"';
    const { stdout, stderr } = await new Deno.Command("unshare", {
      args: [
        ...["-rm", "sh", "-c", inNamespace, folder, Deno.execPath(), "run", "-A"],
        ...[`${PROJECT_ROOT}main.ts`, "doctor", "--config", `${folder}/c.toml`],
        "--json",
      ],
    }).output();
    const text = new TextDecoder().decode(stdout);
    ok(text.startsWith("{"), new TextDecoder().decode(stderr));
    const { findings }: { findings: Record<string, string>[] } = JSON.parse(text);
    const stateOf = (check: string): string => {
      const finding = findings.find((one) => one["check"]?.endsWith(check));
      return `${finding?.["gravity"]}: ${finding?.["found"]}`;
    };
    match(stateOf("name"), /^good: (?=.*127\.7\.251\.1)(?=.*127\.7\.251\.2)/);
    match(stateOf("TCP"), /^good: connected to 127\.0\.0\.1 in \d+ ms/);
    match(stateOf("authentication"), /^good/);
    match(stateOf("topic sunspec.inverter"), /^good/);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
