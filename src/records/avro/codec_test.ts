import { match, ok, strictEqual, throws } from "node:assert/strict";
import { createCodec } from "./codec.ts";
import { heartbeatEvent } from "../events.ts";
import { canonicalForm, crc64Avro } from "./fingerprint.ts";
import type { Draft } from "../record.ts";
import { CONTRACT_SCHEMAS } from "./writer_schema.ts";

const codec = createCodec();
const POSITION = { epoch: 3, seq: 4, ["prev_epoch"]: 2, ["prev_seq"]: 1 };
const CONTEXT = { gateway: "gw", site: null, atMs: 7, clockSynced: null };

Deno.test("encode(): a payload begins with C3 01 and the fingerprint of its schema", () => {
  const payload = codec.encode(heartbeat(0), POSITION);
  const schema = CONTRACT_SCHEMAS.get("CollectorEvent");
  strictEqual(payload.subarray(0, 10).toHex(), `c301${schema?.fingerprint}`);
});

Deno.test("CONTRACT_SCHEMAS: each fingerprint matches the schema text", () => {
  strictEqual(CONTRACT_SCHEMAS.size, 6);
  for (const { fingerprint, fingerprintBytes, text } of CONTRACT_SCHEMAS.values()) {
    strictEqual(crc64Avro(canonicalForm(JSON.parse(text))).toHex(), fingerprint);
    strictEqual(fingerprintBytes.toHex(), fingerprint);
  }
});

Deno.test("encode(): payloads of any size are encoded, each into memory of its own", () => {
  const small = codec.encode(heartbeat(1), POSITION);
  const before = small.toHex();
  const large = codec.encode(heartbeat(3_000), POSITION);
  ok(large.length > 50_000);
  const decoded = codec.decode(large);
  ok(decoded.ok);
  strictEqual(decoded.value.record["prev_epoch"], 2);
  strictEqual(codec.encode(heartbeat(1), POSITION).toHex(), before);
  strictEqual(small.toHex(), before);
});

Deno.test("encode(): a value that does not match the schema throws a RangeError that names the field", () => {
  const draft = heartbeat(0);
  const wrong = (fields: Record<string, unknown>): Draft => ({ ...draft, fields });
  throws(
    () => codec.encode(wrong({ ...draft.fields, event: 7 }), POSITION),
    (error) =>
      error instanceof RangeError && /CollectorEvent: event = 7/.test(error.message),
  );
  throws(() => codec.encode(wrong({}), POSITION), /event = undefined/);
  throws(() => codec.encode(draft, { ...POSITION, seq: 1.5 }), /seq = 1.5/);
  throws(() => codec.encode(draft, { ...POSITION, seq: Number.NaN }), /seq/);
});

Deno.test("decode(): an invalid payload is a fault with a description", () => {
  const payload = codec.encode(heartbeat(0), POSITION);
  const faults = [
    payload.subarray(0, 9),
    payload.with(0, 0),
    payload.with(5, payload[5] === 0 ? 1 : 0),
    payload.subarray(0, payload.length - 3),
    Uint8Array.of(...payload, 1),
  ].map((bytes) => codec.decode(bytes));
  for (const decoded of faults) ok(!decoded.ok && decoded.fault.length > 10);
  const [, , foreign] = faults;
  match(foreign?.ok === false ? foreign.fault : "", /unknown schema/);
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
