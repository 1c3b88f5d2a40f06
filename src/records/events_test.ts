import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { UNKNOWN_IDENTITY } from "../sunspec/identity.ts";
import { createCodec } from "./avro/codec.ts";
import {
  deviceOfStream,
  deviceStateEvent,
  gapEvent,
  heartbeatEvent,
  layoutChangedEvent,
} from "./events.ts";
import { type Draft, streamName } from "./record.ts";

const CONTEXT = {
  gateway: "gw",
  site: "plant",
  atMs: 1_700_000_000_000.4,
  clockSynced: true,
};

Deno.test("deviceStateEvent() contains the id and identity of the device", () => {
  const identity = { ...UNKNOWN_IDENTITY, manufacturer: "M", model: "X", serial: "1" };
  const draft = deviceStateEvent(
    CONTEXT,
    { deviceId: "inv-01", unitId: 3, identity },
    { state: "offline", previousState: "online", reason: "no answer" },
  );
  strictEqual(draft.source.device_id, "inv-01");
  strictEqual(draft.source.unit_id, 3);
  strictEqual(draft.source.serial, "1");
  deepStrictEqual(roundTrip(draft)["device_state"], {
    ["state"]: "offline",
    ["previous_state"]: "online",
    ["reason"]: "no answer",
  });
});

Deno.test("gapEvent() is an event of the stream's device, even if the device id has slashes", () => {
  const stream = streamName("gw", "hall/inv-01.2", "NormalizedInverterData");
  const draft = gapEvent(CONTEXT, {
    stream,
    epoch: 5,
    firstSeq: 10,
    lastEpoch: 5,
    lastSeq: 12,
    records: 3,
    reason: "max_bytes",
  });
  strictEqual(deviceOfStream(stream), "hall/inv-01.2");
  strictEqual(draft.source.device_id, "hall/inv-01.2");
  deepStrictEqual(roundTrip(draft)["gap"], {
    ["device_id"]: "hall/inv-01.2",
    ["stream"]: stream,
    ["epoch"]: 5,
    ["first_seq"]: 10,
    ["last_seq"]: 12,
    ["reason"]: "max_bytes",
    ["last_epoch"]: null,
    ["records"]: null,
  });
});

Deno.test("layoutChangedEvent() lists the models that came and went, by part", () => {
  const texts = { manufacturer: "M", model: "E5", serial: null };
  const draft = layoutChangedEvent(
    CONTEXT,
    { deviceId: "inv", unitId: 1, identity: null },
    {
      came: [{ deviceId: "inv.3", texts, models: [1, 203] }],
      went: [{ deviceId: "inv", texts, models: [160] }],
    },
  );
  const part = { ["manufacturer"]: "M", ["model"]: "E5", ["serial"]: null };
  deepStrictEqual(roundTrip(draft)["layout_changed"], {
    ["parts"]: [
      { ["change"]: "came", ["device_id"]: "inv.3", ...part, ["model_ids"]: [1, 203] },
      { ["change"]: "went", ["device_id"]: "inv", ...part, ["model_ids"]: [160] },
    ],
  });
});

Deno.test("gapEvent() of merged gaps states the last epoch and the number of missing records", () => {
  const range = { epoch: 5, firstSeq: 10, lastEpoch: 7, lastSeq: 12 };
  const merged = { stream: "gw/a/X", reason: "max_bytes", ...range, records: 40 };
  const gap = roundTrip(gapEvent(CONTEXT, merged))["gap"] as Record<string, unknown>;
  deepStrictEqual([gap["epoch"], gap["last_epoch"], gap["records"]], [5, 7, 40]);
  const withHoles = gapEvent(CONTEXT, { ...merged, lastEpoch: 5, records: 2 });
  const second = roundTrip(withHoles)["gap"] as Record<string, unknown>;
  deepStrictEqual([second["last_epoch"], second["records"]], [null, 2]);
});

Deno.test("heartbeatEvent() is an event of the gateway, and its age is never negative", () => {
  const draft = heartbeatEvent(CONTEXT, {
    version: "0.1.0",
    rowsBuffered: 4,
    oldestAgeMs: -20.5,
    devices: [{
      deviceId: "a",
      polls: 9,
      failures: 1,
      slotsMissed: 2,
      state: "online",
    }],
  });
  strictEqual(draft.source.device_id, "gw");
  strictEqual(draft.source.unit_id, null);
  strictEqual(draft.source.sampled_at, 1_700_000_000_000);
  deepStrictEqual(roundTrip(draft)["heartbeat"], {
    ["version"]: "0.1.0",
    ["rows_buffered"]: 4,
    ["oldest_age_ms"]: 0,
    ["devices"]: [{
      ["device_id"]: "a",
      ["polls"]: 9,
      ["failures"]: 1,
      ["slots_missed"]: 2,
      ["state"]: "online",
    }],
    ["clock_synced"]: true,
  });
});

function roundTrip(draft: Draft): Record<string, unknown> {
  const codec = createCodec();
  const position = { epoch: 1, seq: 1, ["prev_epoch"]: null, ["prev_seq"]: null };
  const decoded = codec.decode(codec.encode(draft, position));
  if (!decoded.ok) throw new Error(decoded.fault);
  return JSON.parse(JSON.stringify(decoded.value.record));
}
