/**
 * Decodes images of every model with the project's decoder and with pysunspec2 and compares
 * the values. pysunspec2 encodes the images from random values, scale factors and "not
 * implemented". Only the differences that docs/conformance.md explains are permitted.
 */

import type { GroupDefinition } from "../../src/sunspec/definition/definition.ts";
import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { PYTHON } from "../../src/testing/project_root.ts";
import { loadDefinition } from "../../models/index.ts";
import {
  type DecodedModel,
  decodeModel,
  type DecodeReason,
  type Points,
  type PointValue,
} from "../../src/sunspec/decode/decode.ts";

const SCRIPT = new URL("encoded_images.py", import.meta.url).pathname;
const PAGE = new URL("../../docs/conformance.md", import.meta.url);
const SEED = 20_260;
/** Each round has one image of each model. */
const ROUNDS = Number(Deno.env.get("CONFORMANCE_ROUNDS") ?? 30);
const MODELS = 112;
/** Minimum number of points of a round. */
const POINTS_PER_ROUND_MIN = 4_000;
const TIMEOUT_MS = 600_000;

/** A point as `encoded_images.py` writes it. */
type Oracle = readonly [
  path: string,
  type: string,
  put: Raw,
  raw: Raw,
  value: Raw,
  scale: number | null,
];

/** A text for infinities and for integers that a double does not represent exactly. */
type Raw = number | string | null;

interface Image {
  readonly id: number;
  readonly length: number;
  readonly registers: readonly number[];
  readonly points: readonly Oracle[];
}

/** The differences that docs/conformance.md explains. */
const KNOWN = [
  "accumulator at 0",
  "other counter at 0 without a scale factor",
  "bitfield's top bit",
  "scale factor not implemented",
  "scale factor beyond 10",
  "infinite float",
  "text after a NUL",
  "spaces around a text",
  "addresses",
  "rounding",
] as const;
type Known = typeof KNOWN[number];

Deno.test("decodeModel() decodes images of all models like pysunspec2, apart from explained differences", async () => {
  const seen = new Map<number, number>();
  const differed = new Map<Known, number>();
  let compared = 0;
  let images = 0;
  for await (const image of encodedImages()) {
    const decoded = await decode(image);
    const ours = new Map(flat(decoded.points, ""));
    for (const point of image.points) {
      const value = ours.get(point[0]);
      ok(value !== undefined, `model ${image.id} ${point[0]} is missing`);
      const difference = compare(decoded, value, point);
      if (difference !== undefined) {
        differed.set(difference, (differed.get(difference) ?? 0) + 1);
      }
      ours.delete(point[0]);
      compared++;
    }
    deepStrictEqual([...ours.keys()], [], `model ${image.id} has more points`);
    seen.set(image.id, (seen.get(image.id) ?? 0) + 1);
    images++;
  }
  const counts = KNOWN.map((known) => `${known} ${differed.get(known) ?? 0}`);
  await Deno.stdout.write(new TextEncoder().encode(
    `${compared} points of ${images} images compared; known differences: ${
      counts.join(", ")
    }\n`,
  ));
  strictEqual(seen.size, MODELS);
  strictEqual(images, MODELS * ROUNDS);
  ok(compared >= POINTS_PER_ROUND_MIN * ROUNDS, `only ${compared} were compared`);
  deepStrictEqual(KNOWN.filter((known) => !differed.has(known)), [], "never seen");
});

Deno.test("docs/conformance.md explains exactly the permitted differences", async () => {
  const page = await Deno.readTextFile(PAGE);
  const [table = ""] = page.split("<!-- differences -->")[1]?.split("<!-- end -->") ??
    [];
  const rows = [...table.matchAll(/^\| ([^|]+?) +\|/gm)].map(([, name]) => name);
  deepStrictEqual(rows.filter((name) => name !== "What" && !/^-+$/.test(name ?? "")), [
    ...KNOWN,
  ]);
});

/** Runs the Python script and yields its lines as they arrive. */
async function* encodedImages(): AsyncGenerator<Image> {
  const child = new Deno.Command(PYTHON, {
    args: [SCRIPT, String(SEED), String(ROUNDS)],
    stdout: "piped",
    stderr: "piped",
    signal: AbortSignal.timeout(TIMEOUT_MS),
  }).spawn();
  const stderr = new Response(child.stderr).text();
  let rest = "";
  for await (const part of child.stdout.pipeThrough(new TextDecoderStream())) {
    const lines = (rest + part).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) yield JSON.parse(line);
  }
  const { code } = await child.status;
  strictEqual(code, 0, await stderr);
}

async function decode({ id, length, registers }: Image): Promise<DecodedModel> {
  const definition = await loadDefinition(id);
  ok(definition, `no definition of model ${id}`);
  noteCounters(id, definition.group);
  const decoded = decodeModel(definition, { id, address: 0, length }, registers);
  const lengths = decoded.flags.filter(({ path }) => path === "L");
  deepStrictEqual(lengths, [], `model ${id}`);
  return decoded;
}

/** Asserts the decoded value; returns the known difference to pysunspec2, if there is one. */
function compare(
  { id, flags }: DecodedModel,
  ours: PointValue,
  [path, type, put, raw, value, scale]: Oracle,
): Known | undefined {
  const where = `model ${id} ${path} (${type}, put ${put}, raw ${raw} by ${scale})`;
  const reasons = flags.filter((flag) => flag.path === path).map(({ reason }) =>
    reason
  );
  const refused = (wanted: DecodeReason | undefined): void => {
    strictEqual(ours, null, where);
    // An accumulator with all bits 1 has an additional flag.
    strictEqual(reasons.at(-1), wanted, where);
  };
  const isLegal = scale !== null && Math.abs(scale) <= 10;
  if (type.startsWith("acc") && raw === null) {
    if (isLegal) strictEqual(ours, 0, where);
    else refused(scale === null ? undefined : "scale-out-of-range");
    return "accumulator at 0";
  }
  if (raw === null) {
    refused(undefined);
    return undefined;
  }
  if (type.startsWith("bitfield") && hasTopBit(type, raw)) {
    refused("bitfield-invalid");
    return "bitfield's top bit";
  }
  if (type === "string") return compareText(ours, String(raw), where);
  if (type === "ipaddr") {
    strictEqual(ours, dotted(Number(raw)), where);
    return "addresses";
  }
  if (type === "ipv6addr") {
    strictEqual(expanded(String(ours)), String(raw).replaceAll(":", ""), where);
    return "addresses";
  }
  if (type === "eui48") {
    strictEqual(ours, raw, where);
    return undefined;
  }
  if (raw === "inf" || raw === "-inf") {
    refused("float-infinite");
    return "infinite float";
  }
  const isEmptyCounter = Number(raw) === 0 && COUNTERS.has(`${id} ${lastName(path)}`);
  if (scale === null && isEmptyCounter) {
    refused(undefined);
    return "other counter at 0 without a scale factor";
  }
  if (scale === null) {
    refused("scale-absent");
    return "scale factor not implemented";
  }
  if (!isLegal) {
    refused("scale-out-of-range");
    return "scale factor beyond 10";
  }
  checkNumber(ours, String(raw), scale, where);
  const theirs = Number(value);
  if (Number(ours) === theirs) return undefined;
  ok(Math.abs(Number(ours) - theirs) <= Math.abs(theirs) * 1e-9, `${where}: ${theirs}`);
  return "rounding";
}

/** Counters of other types than accumulators, as `402 DCWh`; filled while images are decoded. */
const COUNTERS = new Set<string>();

function noteCounters(id: number, { points, groups }: GroupDefinition): void {
  for (const { name, units = "", type } of points) {
    const isEnergy = /^(?:wh|vah|varh|ah)$/i.test(units);
    if (isEnergy && /^uint(?:32|64)$/.test(type)) COUNTERS.add(`${id} ${name}`);
  }
  for (const group of groups) noteCounters(id, group);
}

function lastName(path: string): string {
  return path.slice(path.lastIndexOf(".") + 1);
}

function hasTopBit(type: string, raw: Raw): boolean {
  const bits = Number(/\d+$/.exec(type)?.[0]);
  return BigInt(raw ?? 0) >> BigInt(bits - 1) === 1n;
}

function compareText(ours: PointValue, raw: string, where: string): Known | undefined {
  const [first = ""] = raw.split("\0");
  strictEqual(ours, first.trim(), where);
  if (first !== raw) return "text after a NUL";
  return first === first.trim() ? undefined : "spaces around a text";
}

/** Asserts integers beyond 2^53 of 64-bit points exactly, other values as the nearest double. */
function checkNumber(
  ours: PointValue,
  raw: string,
  scale: number,
  where: string,
): void {
  if (typeof ours !== "bigint") {
    strictEqual(ours, Number(scale === 0 ? raw : `${raw}e${scale}`), where);
    return;
  }
  const power = 10n ** BigInt(Math.abs(scale));
  if (scale >= 0) return strictEqual(ours, BigInt(raw) * power, where);
  const error = ours * power - BigInt(raw); // not an integer: rounded to the nearest
  ok(2n * (error < 0n ? -error : error) <= power, where);
}

function dotted(address: number): string {
  const bytes = [24, 16, 8, 0].map((shift) => Math.floor(address / 2 ** shift) % 256);
  return bytes.join(".");
}

/** An IPv6 address as 32 hex digits. */
function expanded(address: string): string {
  const [head = "", tail] = address.split("::").map((part) =>
    part.split(":").filter((word) => word !== "").map((word) => word.padStart(4, "0"))
      .join("")
  );
  return (tail === undefined ? head : head.padEnd(32 - tail.length, "0") + tail)
    .toUpperCase();
}

function flat(points: Points, before: string): [string, PointValue][] {
  return Object.entries(points).flatMap(([name, value]) =>
    typeof value === "object" && value !== null
      ? value.flatMap((each, index) => flat(each, `${before}${name}[${index}].`))
      : [[`${before}${name}`, value] satisfies [string, PointValue]]
  );
}
