import { deepStrictEqual, match, ok, strictEqual } from "node:assert/strict";
import { assertSchemas } from "../../src/testing/json_schema.ts";
import { startScanNetwork } from "../../src/testing/network/scan_network.ts";

interface ScanJson {
  readonly complete: boolean;
  readonly hostsDone: number;
  readonly devices: readonly {
    readonly host: string;
    readonly port: number;
    readonly unitId: number;
    readonly serial: string;
    readonly also: readonly { readonly host: string; readonly unitId: number }[];
  }[];
  readonly others: readonly {
    readonly host: string;
    readonly state: string;
    readonly notAsked: readonly number[];
  }[];
  readonly refused: number;
}

Deno.test("scan finds 30 devices among 220 silent addresses in 10 s with few packets", async () => {
  await using network = await startScanNetwork();
  const plain = await network.run(["scan", "10.77.0.0/24"]);
  strictEqual(plain.code, 0, plain.stderr);
  match(plain.stdout, /30 devices at 254 hosts in [\d.]+ s\./);
  const seconds = Number(/in ([\d.]+) s\./.exec(plain.stdout)?.[1]);
  ok(seconds < 70, `${seconds} s`);
  strictEqual(plain.stderr, "", "progress is for terminals");
  // One per address and one to the agent; repeated only after a late answer, which
  // happens on a busy machine.
  ok(plain.connects >= 2 * 254 && plain.connects < 2 * 254 + 60, `${plain.connects}`);
  ok(plain.packetsSent < 4_000, `${plain.packetsSent} packets`);

  const early = await network.run(["scan", "10.77.0.0/24", "--json"], 2_500);
  strictEqual(early.code, 1);
  const partial: ScanJson = JSON.parse(early.stdout);
  strictEqual(partial.complete, false);
  ok(partial.devices.length > 0 && partial.hostsDone < 254);

  const targets = ["10.77.1.0/28", "[fd00:77::13]"];
  const zoo = await network.run(["scan", ...targets, "--timeout", "300ms", "--json"]);
  strictEqual(zoo.code, 0, zoo.stderr);
  const { devices, others, refused }: ScanJson = JSON.parse(zoo.stdout);
  deepStrictEqual(
    devices.map(({ host, unitId, serial }) => `${host} ${unitId} ${serial}`),
    [
      "10.77.1.3 1 ONE-SESSION",
      "10.77.1.4 1 GW-1",
      "10.77.1.4 2 GW-2",
      "10.77.1.4 247 GW-247",
      "10.77.1.5 3 QUIET-3",
      "10.77.1.6 1 SLOW",
      "10.77.1.8 1 AT-1502",
      "10.77.1.9 1 TWICE",
      "10.77.1.12 1 ECHO",
      "fd00:77::13 71 IPV6",
    ],
  );
  const twice = devices.find(({ serial }) => serial === "TWICE");
  deepStrictEqual(twice?.also.map(({ host }) => host), ["10.77.1.10"]);
  strictEqual(devices.find(({ serial }) => serial === "ECHO")?.also.length, 16);
  deepStrictEqual(
    others.map(({ host, state }) => `${host} ${state}`),
    ["10.77.1.1 foreign", "10.77.1.2 foreign", "10.77.1.5 found", "10.77.1.7 mute"],
  );
  const quiet = others.find(({ host }) => host === "10.77.1.5");
  deepStrictEqual(quiet?.notAsked.slice(0, 3), [126, 71, 100]);
  ok(refused > 10);

  const all = await network.run([
    "scan",
    "10.77.1.5",
    "--all-units",
    "--timeout",
    "30ms",
    "--json",
  ]);
  const thorough: ScanJson = JSON.parse(all.stdout);
  deepStrictEqual(thorough.devices.map(({ unitId }) => unitId), [3, 200]);
  deepStrictEqual(thorough.others, []);

  await assertSchemas([early, zoo, all].map(({ stdout }) => {
    return { schema: "scan", text: stdout };
  }));
});
