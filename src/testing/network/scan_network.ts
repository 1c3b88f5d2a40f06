/**
 * Two connected network namespaces: one contains the hosts of scan_hosts.ts, the
 * other only the program under test. Packets to addresses of 10.77.0.0/16 without a
 * host are dropped. Invisible from outside; root is not required.
 *
 * @module
 */

const HOSTS = new URL("./scan_hosts.ts", import.meta.url).pathname;
const MAIN = new URL("../../../main.ts", import.meta.url).pathname;
const START_TIMEOUT_MS = 30_000;

/** Shell script of the hosts' namespace; `$0` is Deno, `$1` scan_hosts.ts. */
const SET_UP = `
set -e
exec 3<&0 # keeps stdin for the background job
unshare -n cat <&3 & scanner=$!
here=$(readlink /proc/self/ns/net)
until [ "$(readlink /proc/$scanner/ns/net)" != "$here" ]; do sleep 0.05; done
ip link add here type veth peer name there netns $scanner
in_scanner() { nsenter -t $scanner -n "$@"; }
ip link set lo up
ip addr add 10.99.0.2/30 dev here
ip -6 addr add fd00:99::2/64 dev here nodad
ip link set here up
in_scanner ip link set lo up
in_scanner ip addr add 10.99.0.1/30 dev there
in_scanner ip -6 addr add fd00:99::1/64 dev there nodad
in_scanner ip link set there up
in_scanner ip route add default via 10.99.0.2
in_scanner ip -6 route add default via fd00:99::2
echo 1 > /proc/sys/net/ipv4/ip_forward
ip route add blackhole 10.77.0.0/16
for nth in $(seq 1 30); do ip addr add 10.77.0.$nth/32 dev lo; done
for nth in $(seq 1 12); do ip addr add 10.77.1.$nth/32 dev lo; done
ip -6 addr add fd00:77::13/128 dev lo nodad
echo $scanner
exec "$0" run --quiet -A "$1"
`;

/** Result of a run of the program. */
export interface NetworkRun {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
  readonly tookMs: number;
  /** Number of packets sent. */
  readonly packetsSent: number;
  /** Number of TCP connects begun. */
  readonly connects: number;
}

/** A running network. */
export interface ScanNetwork extends AsyncDisposable {
  /** Runs the program from source; `interruptAfterMs` sends it SIGINT. */
  run(args: readonly string[], interruptAfterMs?: number): Promise<NetworkRun>;
}

/** Sets up the network and waits until every host listens. */
export async function startScanNetwork(): Promise<ScanNetwork> {
  const child = new Deno.Command("unshare", {
    args: ["-rn", "sh", "-c", SET_UP, Deno.execPath(), HOSTS],
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const errors = new Response(child.stderr).text();
  const output = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
  const timer = setTimeout(() => child.kill("SIGKILL"), START_TIMEOUT_MS);
  let text = "";
  while (!text.includes("ready\n")) {
    const { value, done } = await output.read();
    if (done) throw new Error(`the network did not start: ${await errors}`);
    text += value;
  }
  clearTimeout(timer);
  const scanner = text.split("\n")[0] ?? "";
  const inside = ["-t", scanner, "-U", "-n", "--preserve-credentials"];

  async function count(): Promise<{ packets: number; connects: number }> {
    const { stdout } = await new Deno.Command("nsenter", {
      args: [...inside, "cat", "/proc/net/dev", "/proc/net/snmp"],
    }).output();
    const text = new TextDecoder().decode(stdout);
    const packets = /there:(?:\s+\d+){9}\s+(\d+)/.exec(text)?.[1];
    const [, names = "", values = ""] = /^Tcp: (.*)\nTcp: (.*)$/m.exec(text) ?? [];
    const at = names.split(" ").indexOf("ActiveOpens");
    return { packets: Number(packets), connects: Number(values.split(" ")[at]) };
  }

  return {
    async run(args, interruptAfterMs) {
      const before = await count();
      const startMs = performance.now();
      const program = new Deno.Command("nsenter", {
        args: [...inside, Deno.execPath(), "run", "--quiet", "-A", MAIN, ...args],
        stdin: "null",
        stdout: "piped",
        stderr: "piped",
      }).spawn();
      const interrupt = interruptAfterMs === undefined
        ? undefined
        : setTimeout(() => program.kill("SIGINT"), interruptAfterMs);
      const { code, stdout, stderr } = await program.output();
      clearTimeout(interrupt);
      const tookMs = performance.now() - startMs;
      const after = await count();
      const decoder = new TextDecoder();
      return {
        code,
        stdout: decoder.decode(stdout),
        stderr: decoder.decode(stderr),
        tookMs,
        packetsSent: after.packets - before.packets,
        connects: after.connects - before.connects,
      };
    },
    async [Symbol.asyncDispose]() {
      child.kill("SIGKILL");
      await child.stdin.close();
      await output.cancel();
      await child.status;
    },
  };
}
