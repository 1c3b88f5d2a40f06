import { strictEqual } from "node:assert/strict";
import { Buffer } from "node:buffer";
import fc from "fast-check";
import { requests } from "npm:kafkajs@2.2.4/src/protocol/requests/index.js";
import { type KafkajsBroker, produce } from "./broker_requests.ts";
import { codecOf } from "./compression.ts";
import type { ProduceRequest } from "./produce/request.ts";

/** The latest version of Produce that kafkajs encodes. */
const VERSION = 7;
/** The times are of 13 digits, or absent: kafkajs compares times as texts. */
const TIMES = fc.oneof(
  fc.integer({ min: 1_000_000_000_000, max: 9_999_999_999_999 }),
  fc.constant(-1),
);

const TEXTS = fc.oneof(
  fc.string({ maxLength: 80 }),
  fc.string({ unit: "binary", maxLength: 20 }),
);

const RECORDS = fc.record({
  key: TEXTS,
  payload: fc.uint8Array({ maxLength: 700 }),
  timestampMs: TIMES,
  headers: fc.option(fc.dictionary(TEXTS, TEXTS, { maxKeys: 3 }), { nil: undefined }),
}).map(({ headers, ...record }) =>
  headers === undefined ? record : { ...record, headers }
);

const REQUESTS = fc.record({
  topic: fc.string({ minLength: 1, maxLength: 60 }),
  partitions: fc.array(
    fc.record({
      partition: fc.nat(),
      firstSequence: fc.nat(2 ** 31 - 1),
      records: fc.array(RECORDS, { minLength: 1, maxLength: 90 }),
    }),
    { minLength: 1, maxLength: 4 },
  ),
  producer: fc.record({
    producerId: fc.bigInt({ min: 0n, max: 2n ** 63n - 1n }).map(String),
    producerEpoch: fc.nat(2 ** 15 - 1),
  }),
  compression: fc.constantFrom("zstd", "gzip", "none"),
  timeoutMs: fc.nat(2 ** 31 - 1),
});

Deno.test("produce() sends the bytes that the encoder of kafkajs makes of the same records", async () => {
  await fc.assert(
    fc.asyncProperty(REQUESTS, async (request) => {
      const sent = await sentBytes(request);
      const expected = await kafkajsBytes(request);
      strictEqual(sent.toString("hex"), expected.toString("hex"));
    }),
  );
});

/** Encodes what `produce` passes to the connection. */
async function sentBytes(request: ProduceRequest): Promise<Buffer> {
  let encoded: { readonly buffer: Buffer } | undefined;
  const broker: KafkajsBroker = {
    versions: null,
    connectionPool: {
      async send(exchange) {
        const { request } = exchange as ReturnType<typeof kafkajsRequest>;
        encoded = await request.encode();
        return { topics: [] };
      },
    },
    lookupRequest: () => (fields) =>
      requests.Produce.protocol({ version: VERSION })(fields),
    connect: () => Promise.resolve(),
    isConnected: () => true,
    initProducerId: () => Promise.reject(new Error("not expected")),
  };
  await produce(broker, request);
  return encoded?.buffer ?? Buffer.alloc(0);
}

async function kafkajsBytes(request: ProduceRequest): Promise<Buffer> {
  return (await kafkajsRequest(request).request.encode()).buffer;
}

function kafkajsRequest(
  { topic, partitions, producer, compression, timeoutMs }: ProduceRequest,
): { readonly request: { encode(): Promise<{ readonly buffer: Buffer }> } } {
  return requests.Produce.protocol({ version: VERSION })({
    acks: -1,
    timeout: timeoutMs,
    compression: codecOf(compression),
    topicData: [{
      topic,
      partitions: partitions.map(({ partition, firstSequence, records }) => ({
        partition,
        firstSequence,
        messages: records.map(({ key, payload, timestampMs, headers = {} }) => ({
          key,
          value: Buffer.from(payload),
          timestamp: String(timestampMs),
          headers,
        })),
      })),
    }],
    ...producer,
  });
}
