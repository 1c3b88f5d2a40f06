import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { INVERTER } from "../testing/devices/devices.ts";
import { createFakeReader } from "../testing/devices/fake_reader.ts";
import { createFakeClock, type FakeClock } from "../testing/fake_clock.ts";
import { bad, good, type Result } from "../base/result.ts";
import type { ModbusFault, UnreachableReason } from "../modbus/faults.ts";
import type { ModbusSession, ReadRequest, SessionPool } from "../modbus/reader.ts";
import type { AddressReport } from "./address_report.ts";
import { SCAN_DEFAULTS, type ScanHost, type ScanOptions } from "./scan_options.ts";
import { scanHosts, type ScanReport } from "./scanner.ts";
import { COMMON_UNIT_IDS } from "../base/network/common_unit_ids.ts";

type Answer = Result<Uint16Array, ModbusFault>;

/** The simulated behaviour of an address. */
interface SimulatedAddress {
  /** Why the connection attempt fails; undefined = it succeeds. */
  readonly unreachable?: UnreachableReason;
  /** Time until a response, in ms. */
  readonly answerMs?: number;
  /** Undefined = no response. */
  readonly answer?: (
    request: ReadRequest,
    pauseMs: number,
  ) => Promise<Answer> | Answer | undefined;
}

const SILENT: SimulatedAddress = { unreachable: "timeout" };
const NO_UNIT: Answer = bad({ kind: "exception", code: 0x0b });

/** The literal inverter with another serial number. */
function inverter(serial: string): (request: ReadRequest) => Promise<Answer> {
  const registers = [...INVERTER.registers];
  const bytes = new TextEncoder().encode(serial.padEnd(32, "\0"));
  for (let at = 0; at < 16; at++) {
    registers[52 + at] = ((bytes[2 * at] ?? 0) << 8) | (bytes[2 * at + 1] ?? 0);
  }
  const device = createFakeReader({ base: INVERTER.base, registers });
  return (request) => device.read(request, new AbortController().signal);
}

/** A gateway with these units; other units get the response `absent`, or none. */
function gateway(
  units: Readonly<Record<number, string>>,
  absent: Answer | undefined = NO_UNIT,
): SimulatedAddress {
  const devices = new Map(
    Object.entries(units).map(([unitId, serial]) => [Number(unitId), inverter(serial)]),
  );
  return { answer: (request) => devices.get(request.unitId)?.(request) ?? absent };
}

interface Network extends SessionPool {
  /** Maximum observed. */
  readonly most: { readonly connecting: number };
  readonly open: () => number;
  readonly asked: ReadonlyMap<string, number[]>;
}

function simulateNetwork(
  clock: FakeClock,
  addressOf: (host: string, port: number) => SimulatedAddress,
): Network {
  const now = { connecting: 0, open: 0 };
  const most = { connecting: 0 };
  const asked = new Map<string, number[]>();
  return {
    most,
    open: () => now.open,
    asked,
    close: () => Promise.resolve(),
    acquire({ host, port, connectTimeoutMs, fixedPauses }) {
      strictEqual(
        fixedPauses,
        true,
        "a missing response must not make the session add pauses",
      );
      let pauseMs = 0;
      const address = `${host}:${port}`;
      const played = addressOf(host, port);
      let connected = false;
      const session: ModbusSession = {
        address,
        renew: () => {},
        disconnect: () => Promise.resolve(),
        async connect(signal) {
          now.connecting++;
          most.connecting = Math.max(most.connecting, now.connecting);
          try {
            const { unreachable: why } = played;
            const slow = why === "timeout" || why === "no-route";
            await clock.sleep(slow ? connectTimeoutMs : 1, signal);
            if (why !== undefined) return bad({ kind: "unreachable", address, why });
            connected = true;
            now.open++;
            return good(undefined);
          } finally {
            now.connecting--;
          }
        },
        async read(request, signal) {
          asked.set(address, [...asked.get(address) ?? [], request.unitId]);
          const answer = await played.answer?.(request, pauseMs);
          await clock.sleep(
            answer === undefined ? request.timeoutMs : played.answerMs ?? 5,
            signal,
          );
          return answer ?? bad({ kind: "timeout", elapsedMs: request.timeoutMs });
        },
      };
      return {
        session,
        configure: ({ connectGapMs = 0 }) => void (pauseMs = connectGapMs),
        detectedPauses: { gapMs: 0, connectGapMs: 0 },
        release: () => {
          if (connected) now.open--;
          connected = false;
        },
      };
    },
  };
}

interface Run {
  readonly report: ScanReport;
  readonly tookMs: number;
  readonly network: Network;
}

/** Scans in simulated time. */
async function run(
  hosts: readonly ScanHost[],
  addressOf: (host: string, port: number) => SimulatedAddress,
  options: Partial<ScanOptions> = {},
  abortAtMs = Infinity,
): Promise<Run> {
  const clock = createFakeClock({ wallMs: 0 });
  const network = simulateNetwork(clock, addressOf);
  const cancelled = new AbortController();
  const parts = { pool: network, clock };
  let done = false;
  const scanning = scanHosts(
    hosts,
    { ...SCAN_DEFAULTS, ...options },
    parts,
    cancelled.signal,
  )
    .finally(() => void (done = true));
  while (!done && clock.monotonicMs() < 3_600_000) {
    await clock.advance(5);
    if (clock.monotonicMs() >= abortAtMs) cancelled.abort();
  }
  return { report: await scanning, tookMs: clock.monotonicMs(), network };
}

const subnet = (count: number): ScanHost[] =>
  Array.from({ length: count }, (_, at) => ({
    host: `10.0.0.${at + 1}`,
    ports: [502, 1_502],
  }));

const one: ScanHost = { host: "10.0.0.1", ports: [502] };

function only({ report }: Run): AddressReport {
  const [address] = report.addresses;
  ok(address !== undefined && report.addresses.length === 1);
  return address;
}

Deno.test("scanHosts() takes under 10 s for a /24 with 30 devices and 220 silent addresses", async () => {
  const { report, tookMs, network } = await run(subnet(250), (host, port) => {
    const nth = Number(host.split(".").at(-1));
    if (nth > 30) return SILENT;
    return port === 502
      ? gateway({ [nth % 2 === 0 ? 1 : 126]: `S-${nth}` })
      : { unreachable: "refused" };
  });
  strictEqual(report.complete, true);
  strictEqual(report.devices.length, 30);
  strictEqual(report.addresses.length, 500);
  ok(tookMs < 10_000, `${tookMs} ms`);
  strictEqual(network.most.connecting, SCAN_DEFAULTS.connectsMax);
});

Deno.test("scanHosts() limits the rate of connects", async () => {
  const refused: SimulatedAddress = { unreachable: "refused" };
  const { tookMs } = await run(subnet(50), () => refused, { connectsPerSecond: 20 });
  ok(tookMs >= 99 * 50, `${tookMs} ms`);
});

Deno.test("unresponsive hosts do not delay others and end at their time limit", async () => {
  const unresponsive: SimulatedAddress = {};
  const { report, tookMs } = await run(subnet(64), (host, port) => {
    if (port !== 502) return { unreachable: "refused" };
    return Number(host.split(".").at(-1)) <= 60 ? unresponsive : gateway({ 1: host });
  }, { addressTimeoutMs: 8_000, openAddressesMax: 64, connectsMax: 4 });
  strictEqual(report.devices.length, 4);
  const cut = report.addresses.filter((address) => address.cut);
  strictEqual(cut.length, 60);
  ok(cut.every(({ state }) => state === "unresponsive"));
  ok(tookMs < 12_000, `${tookMs} ms`);
});

Deno.test("a subnet of unresponsive hosts takes no longer than one such host", async () => {
  const played = (host: string, port: number): SimulatedAddress =>
    port !== 502
      ? { unreachable: "refused" }
      : Number(host.split(".").at(-1)) <= 250
      ? {}
      : gateway({ 1: host });
  const { report, tookMs } = await run(subnet(254), played);
  strictEqual(report.devices.length, 4);
  ok(tookMs < SCAN_DEFAULTS.addressTimeoutMs + 5_000, `${tookMs} ms`);
});

Deno.test("a scan stops after one device where absent units do not answer, and lists the units not probed", async () => {
  const quiet = gateway({ 3: "A-3", 100: "A-100" }, undefined);
  const played = {
    ...quiet,
    answer: (request: ReadRequest) =>
      request.unitId === 3 || request.unitId === 100
        ? quiet.answer?.(request, 0)
        : undefined,
  };
  const first = only(await run([one], () => played));
  deepStrictEqual(first.devices.map(({ at }) => at.unitId), [3]);
  deepStrictEqual(first.asked, [1, 2, 3]);
  deepStrictEqual(first.notAsked, COMMON_UNIT_IDS.slice(3));
  const all = only(await run([one], () => played, { thorough: true }));
  deepStrictEqual(all.devices.map(({ at }) => at.unitId), [3, 100]);
  deepStrictEqual(all.notAsked, []);
});

Deno.test("a lost response is requested again where absent units are answered for, and the walk continues", async () => {
  const dropped: Answer = bad({ kind: "closed", detail: "by the device" });
  for (const lost of [undefined, dropped]) {
    for (
      const [losing, units] of [[1, { 1: "A" }], [100, { 1: "A", 200: "B" }]] as const
    ) {
      const whole = gateway(units);
      let losses = 0;
      const answer = (request: ReadRequest, pauseMs: number) =>
        request.unitId === losing && losses === 0 && ++losses > 0
          ? lost
          : whole.answer?.(request, pauseMs);
      const address = only(await run([one], () => ({ answer })));
      strictEqual(losses, 1);
      deepStrictEqual(
        address.devices.map(({ at }) => at.unitId),
        Object.keys(units).map(Number),
      );
      deepStrictEqual(address.notAsked, []);
    }
  }
});

Deno.test("the units of a gateway are separate devices; a device that answers at every unit id is one", async () => {
  const units = only(
    await run([one], () => gateway({ 1: "A-1", 2: "A-2", 247: "A-3" })),
  );
  deepStrictEqual(units.devices.map(({ at }) => at.unitId), [1, 2, 247]);
  const device = inverter("B-1");
  const echo = await run([one], () => ({ answer: device }));
  deepStrictEqual(only(echo).devices.map(({ at }) => at.unitId), [1]);
  deepStrictEqual(
    only(echo).devices[0]?.aliases.map(({ unitId }) => unitId),
    COMMON_UNIT_IDS.slice(1),
  );
  const asked = echo.network.asked.get("10.0.0.1:502") ?? [];
  strictEqual(
    asked.filter((unitId) => unitId !== 1).length,
    COMMON_UNIT_IDS.length - 1,
  );
});

Deno.test("a device at two addresses is found once; two devices without a serial number are two", async () => {
  const same = await run(
    subnet(2),
    (_, port) => port === 502 ? gateway({ 1: "C-1" }) : { unreachable: "refused" },
  );
  strictEqual(same.report.devices.length, 1);
  deepStrictEqual(same.report.devices[0]?.aliases, [
    { host: "10.0.0.2", port: 502, unitId: 1 },
  ]);
  const blank = await run(
    subnet(2),
    (_, port) => port === 502 ? gateway({ 1: "000000" }) : { unreachable: "refused" },
  );
  strictEqual(blank.report.devices.length, 2);
  const device = inverter("");
  const ignoring = only(await run([one], () => ({ answer: device })));
  strictEqual(ignoring.devices.length, 1);
  strictEqual(ignoring.devices[0]?.aliases.length, COMMON_UNIT_IDS.length - 1);
});

Deno.test("an address without a device gets the state that describes it", async () => {
  const foreign = bad<ModbusFault>({
    kind: "protocol",
    detail: "protocol id is 21248",
  });
  const closes = bad<ModbusFault>({ kind: "closed", detail: "by the device" });
  const cases:
    readonly (readonly [SimulatedAddress, AddressReport["state"], number])[] = [
      [SILENT, "silent", 0],
      [{ unreachable: "refused" }, "refused", 0],
      [{ unreachable: "unknown-host" }, "unknown-host", 0],
      [{ unreachable: "reset" }, "drops-connection", 0],
      [{ answer: () => foreign }, "foreign", 2],
      [{ answer: () => closes }, "drops-connection", 2],
      [{ answer: () => bad({ kind: "exception", code: 2 }) }, "no-sunspec", 17],
      [{}, "unresponsive", 17],
    ];
  for (const [played, state, asked] of cases) {
    const address = only(await run([one], () => played));
    strictEqual(address.state, state);
    strictEqual(address.asked.length, asked, state);
    ok(address.detail !== null && address.detail.length > 0, state);
  }
});

Deno.test("a device that answers only at its own base is found", async () => {
  const device = createFakeReader({ ...INVERTER, base: 0 });
  const { devices } = only(
    await run([one], () => ({
      answer: (request) =>
        request.address < 1_000 && request.unitId === 1
          ? device.read(request, new AbortController().signal)
          : undefined,
    })),
  );
  strictEqual(devices[0]?.layout.base, 0);
});

Deno.test("a device that needs a pause before each request is found where nothing else answers", async () => {
  const device = inverter("E-1");
  const address = only(
    await run([one], () => ({
      answer: (request, pauseMs) =>
        pauseMs >= 1_000 && request.unitId === 2 ? device(request) : undefined,
    })),
  );
  deepStrictEqual(address.devices.map(({ at }) => at.unitId), [2]);
  strictEqual(address.notAsked.length, COMMON_UNIT_IDS.length - address.asked.length);
});

Deno.test("a connection that is refused right after a close is retried", async () => {
  let refusals = 0;
  const device = inverter("D-1");
  const lost = bad<ModbusFault>({
    kind: "unreachable",
    address: "10.0.0.1:502",
    why: "refused",
  });
  const { devices } = only(
    await run([one], () => ({
      answer: (request) => {
        if (request.unitId === 1) return undefined;
        return request.unitId === 2 && refusals++ < 2 ? lost : device(request);
      },
    })),
  );
  strictEqual(refusals >= 3, true);
  strictEqual(devices.length, 1);
});

Deno.test("a cancelled scan returns its results and keeps no connection open", async () => {
  const { report, tookMs, network } = await run(
    subnet(250),
    (host, port) =>
      port !== 502
        ? { unreachable: "refused" }
        : Number(host.split(".").at(-1)) <= 5
        ? gateway({ 1: host })
        : SILENT,
    {},
    2_000,
  );
  strictEqual(report.complete, false);
  strictEqual(network.open(), 0);
  strictEqual(report.devices.length, 5);
  ok(report.hostsDone > 0 && report.hostsDone < 250);
  ok(tookMs < 2_100, `${tookMs} ms`);
});
