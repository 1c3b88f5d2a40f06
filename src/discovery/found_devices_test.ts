import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import fc from "fast-check";
import { type FoundDevice, parseFound, takeIn } from "./found_devices.ts";
import type { DeviceLayout } from "../device/layout.ts";
import { joinDevices, type SeenDevice } from "../device/duplicates.ts";

function seenAt(host: string, serial: string | null): SeenDevice {
  const layout: DeviceLayout = {
    unitId: 1,
    functionCode: 3,
    base: 40_000,
    models: [],
    end: "end-model",
    identity: { manufacturer: "A", model: "B", options: null, firmware: "1", serial },
    oddities: [],
  };
  return { at: { host, port: 502, unitId: 1 }, layout, also: [] };
}

/** Who is where: `["a", "SN1"]`. */
function places(known: readonly FoundDevice[]): (readonly [string, string | null])[] {
  return known.map(({ at, identity }) => [at.host, identity.serial] as const);
}

const SILENT = { over: true, answers: () => false };

Deno.test("however devices come, go and change places, each is known once, where it was seen last", () => {
  const hosts = ["a", "b", "c", "d", "e"];
  // Each look: which serial stands at which host; a serial stands at one host at a time.
  const look = fc.shuffledSubarray(["SN7", "SN8", "SN9"]).chain((serials) =>
    fc.shuffledSubarray(hosts, { minLength: serials.length, maxLength: serials.length })
      .map((at) => serials.map((serial, nth) => [at[nth] ?? "", serial] as const))
  );
  fc.assert(fc.property(fc.array(look, { minLength: 1, maxLength: 8 }), (looks) => {
    let known: readonly FoundDevice[] = [];
    const lastSeen = new Map<string, string>();
    for (const now of looks) {
      const seen = now.map(([host, serial]) => seenAt(host, serial));
      for (const one of seen) {
        known = takeIn(known, [one], { over: false, answers: () => false }).known;
      }
      known = takeIn(known, joinDevices(seen), SILENT).known;
      for (const [host, serial] of now) lastSeen.set(serial, host);
      const hostsKnown = places(known).map(([host]) => host);
      strictEqual(new Set(hostsKnown).size, hostsKnown.length);
      for (const [host, serial] of now) {
        deepStrictEqual(
          places(known).filter(([at]) => at === host),
          [[host, serial]],
        );
      }
      // Who vanished is kept, unless somebody else stands in its place.
      for (const [serial, host] of lastSeen) {
        const replaced = now.some(([at, other]) => at === host && other !== serial);
        const kept = places(known).some(([at, who]) => at === host && who === serial);
        ok(kept || replaced || !places(known).some(([, who]) => who === serial));
      }
    }
  }));
});

Deno.test("a device that answers where it was has not moved, wherever else it is seen", () => {
  const known = takeIn([], [seenAt("a", "SN7")], SILENT).known;
  const { known: after, news } = takeIn(known, [seenAt("b", "SN7")], {
    over: true,
    answers: () => true,
  });
  deepStrictEqual(places(after), [["a", "SN7"]]);
  deepStrictEqual(news, { added: [], moved: [], left: [] });
});

Deno.test("before a look is over nobody has moved", () => {
  const known = takeIn([], [seenAt("a", "SN7")], SILENT).known;
  const early = takeIn(known, [seenAt("b", "SN7")], { ...SILENT, over: false });
  deepStrictEqual(places(early.known), [["a", "SN7"]]);
  const { news } = takeIn(early.known, [seenAt("b", "SN7")], SILENT);
  deepStrictEqual(news.moved.map(({ from, to }) => [from.host, to.at.host]), [
    ["a", "b"],
  ]);
});

Deno.test("devices without a serial of their own are known by their place alone", () => {
  for (const serial of [null, "", "0000000", "123456789"]) {
    const known = takeIn([], [seenAt("a", serial), seenAt("b", serial)], SILENT).known;
    deepStrictEqual(places(known).map(([host]) => host), ["a", "b"]);
    const later = takeIn(known, [seenAt("c", serial)], SILENT);
    strictEqual(later.news.moved.length, 0);
    strictEqual(later.known.length, 3);
  }
});

Deno.test("what was kept in a file comes back, and nothing else", () => {
  const { known } = takeIn([], [seenAt("a", "SN7"), seenAt("b", null)], SILENT);
  deepStrictEqual(parseFound(JSON.parse(JSON.stringify(known))), known);
  fc.assert(fc.property(fc.jsonValue(), (value) => {
    deepStrictEqual(parseFound([value]), []);
    ok(Array.isArray(parseFound(value)));
  }));
});
