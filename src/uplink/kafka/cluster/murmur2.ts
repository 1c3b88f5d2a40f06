/**
 * MurmurHash2 in 32 bits, as the Java client of Kafka uses it for keys
 * (org.apache.kafka.common.utils.Utils.murmur2). Pure.
 *
 * @module
 */

const SEED = 0x9747b28c;
const M = 0x5bd1e995;
const R = 24;

/**
 * The hash as a signed 32-bit number.
 *
 * @example Values of the Java client's own test (UtilsTest.testMurmur2)
 * ```ts
 * import { strictEqual } from "node:assert";
 * import { murmur2 } from "./murmur2.ts";
 *
 * const hash = (text: string) => murmur2(new TextEncoder().encode(text));
 * strictEqual(hash("21"), -973932308);
 * strictEqual(hash("foobar"), -790332482);
 * strictEqual(hash("a-little-bit-long-string"), -985981536);
 * strictEqual(hash("a-little-bit-longer-string"), -1486304829);
 * strictEqual(hash("lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8"), -58897971);
 * strictEqual(hash("abc"), 479470107);
 * ```
 */
export function murmur2(data: Uint8Array): number {
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  const whole = data.length - data.length % 4;
  let hash = SEED ^ data.length;
  for (let at = 0; at < whole; at += 4) {
    let word = Math.imul(view.getInt32(at, true), M);
    word = Math.imul(word ^ (word >>> R), M);
    hash = Math.imul(hash, M) ^ word;
  }
  if (whole < data.length) {
    let rest = 0;
    for (let at = data.length - 1; at >= whole; at--) {
      rest = rest << 8 | view.getUint8(at);
    }
    hash = Math.imul(hash ^ rest, M);
  }
  hash = Math.imul(hash ^ (hash >>> 13), M);
  return hash ^ (hash >>> 15);
}
