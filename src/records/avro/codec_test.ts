import { deepStrictEqual, match, ok, strictEqual, throws } from "node:assert/strict";
import { CONTRACTS, createCodec } from "./codec.ts";
import { heartbeatEvent } from "../events.ts";
import { canonicalForm, crc64Avro, hex } from "./fingerprint.ts";
import type { Draft } from "../record.ts";

const codec = createCodec();
const NUMBERING = { epoch: 3, seq: 4, ["prev_epoch"]: 2, ["prev_seq"]: 1 };
const CONTEXT = { gateway: "gw", site: null, atMs: 7, clockSynced: null };

Deno.test("a payload begins with C3 01 and its schema's fingerprint", () => {
  const payload = codec.encode(heartbeat(0), NUMBERING);
  const schema = CONTRACTS.get("CollectorEvent");
  strictEqual(hex(payload.subarray(0, 10)), `c301${schema?.fingerprint}`);
});

Deno.test("every schema's fingerprint is that of its text", () => {
  strictEqual(CONTRACTS.size, 6);
  for (const { fingerprint, fingerprintBytes, text } of CONTRACTS.values()) {
    strictEqual(hex(crc64Avro(canonicalForm(JSON.parse(text)))), fingerprint);
    strictEqual(hex(fingerprintBytes), fingerprint);
  }
});

Deno.test("payloads of any size are written, and each is its own memory", () => {
  const small = codec.encode(heartbeat(1), NUMBERING);
  const before = hex(small);
  const large = codec.encode(heartbeat(3_000), NUMBERING);
  ok(large.length > 50_000);
  const decoded = codec.decode(large);
  ok(decoded.ok);
  strictEqual(decoded.value.record["prev_epoch"], 2);
  deepStrictEqual(hex(codec.encode(heartbeat(1), NUMBERING)), before);
  strictEqual(hex(small), before);
});

Deno.test("a value that does not fit is a RangeError that names its field", () => {
  const draft = heartbeat(0);
  const wrong = (fields: Record<string, unknown>): Draft => ({ ...draft, fields });
  throws(
    () => codec.encode(wrong({ ...draft.fields, event: 7 }), NUMBERING),
    (error) =>
      error instanceof RangeError && /CollectorEvent: event = 7/.test(error.message),
  );
  throws(() => codec.encode(wrong({}), NUMBERING), /event = undefined/);
  throws(() => codec.encode(draft, { ...NUMBERING, seq: 1.5 }), /seq = 1.5/);
  throws(() => codec.encode(draft, { ...NUMBERING, seq: Number.NaN }), /seq/);
});

Deno.test("what cannot be read back is said in words", () => {
  const payload = codec.encode(heartbeat(0), NUMBERING);
  const faults = [
    payload.subarray(0, 9),
    payload.with(0, 0),
    payload.with(5, payload[5] === 0 ? 1 : 0),
    payload.subarray(0, payload.length - 3),
    Uint8Array.of(...payload, 1),
  ].map((bytes) => codec.decode(bytes));
  for (const decoded of faults) ok(!decoded.ok && decoded.fault.length > 10);
  const [, , foreign] = faults;
  match(foreign?.ok === false ? foreign.fault : "", /schema that is not known/);
});

function heartbeat(devices: number): Draft {
  return heartbeatEvent(CONTEXT, {
    version: "0.1.0",
    rowsBuffered: 0,
    oldestAgeMs: null,
    devices: Array.from({ length: devices }, (_, index) => ({
      deviceId: `device-${index}`,
      polls: 1,
      failures: 0,
      slotsMissed: 0,
      state: "online",
    })),
  });
}
