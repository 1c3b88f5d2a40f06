/**
 * Random registers for every model, decoded by us and by an independent
 * decoder: that one gives the raw number and the scale factor, the exact value
 * is read from their decimal text.
 */

import { ok, strictEqual } from "node:assert/strict";
import { loadDefinition } from "../../models/index.ts";
import {
  type DecodedModel,
  decodeModel,
  type Points,
  type PointValue,
} from "../../src/sunspec/decode.ts";

const PYTHON = new URL("../../.tools/venv/bin/python", import.meta.url).pathname;
const SCRIPT = new URL("random_images.py", import.meta.url).pathname;
const SEED = 20_260;
const ROUNDS = 4;
const MODELS = 112;
const POINTS_LEAST = 17_000;
const TIMEOUT_MS = 120_000;

type Oracle = [
  path: string,
  type: string,
  raw: number | string | null,
  value: number | string | null,
  scale: number | null,
];

interface Sample {
  readonly id: number;
  readonly length: number;
  readonly registers: readonly number[];
  readonly points: readonly Oracle[];
  readonly error: string;
}

Deno.test("random images of all models decode as the independent decoder has them", async () => {
  const { code, stdout, stderr } = await new Deno.Command(PYTHON, {
    args: [SCRIPT, String(SEED), String(ROUNDS)],
    signal: AbortSignal.timeout(TIMEOUT_MS),
  }).output();
  strictEqual(code, 0, new TextDecoder().decode(stderr));
  let compared = 0;
  const seen = new Set<number>();
  for (const line of new TextDecoder().decode(stdout).trim().split("\n")) {
    const sample: Sample = JSON.parse(line);
    strictEqual(sample.error, "", `model ${sample.id}`);
    const definition = await loadDefinition(sample.id);
    ok(definition, `no definition of model ${sample.id}`);
    const at = { id: sample.id, address: 0, length: sample.length };
    const decoded = decodeModel(definition, at, sample.registers);
    const lengths = decoded.flags.filter(({ path }) => path === "L");
    strictEqual(lengths.length, 0, `model ${sample.id}: ${JSON.stringify(lengths)}`);
    const ours = new Map(flat(decoded.points, ""));
    for (const point of sample.points) {
      compare(decoded, ours, point);
      ours.delete(point[0]);
      compared++;
    }
    strictEqual(ours.size, 0, `model ${sample.id} has more: ${[...ours.keys()]}`);
    seen.add(sample.id);
  }
  strictEqual(seen.size, MODELS);
  await Deno.stdout.write(
    new TextEncoder().encode(`${compared} points of ${seen.size} models compared\n`),
  );
  ok(compared >= POINTS_LEAST, `${compared} compared, ${POINTS_LEAST} wanted`);
});

function compare(
  { id, flags }: DecodedModel,
  all: ReadonlyMap<string, PointValue>,
  [path, type, raw, value, scale]: Oracle,
): void {
  const where = `model ${id} ${path} (${type}, raw ${raw} by ${scale})`;
  const ours = all.get(path);
  ok(ours !== undefined, `${where} is not there`);
  const reason = flags.find((flag) => flag.path === path)?.reason;
  if (reason === "bitfield-invalid") {
    ok(Number(raw) >= (type === "bitfield16" ? 2 ** 15 : 2 ** 31), where);
  } else if (raw === null && /^acc/.test(type)) {
    ok(ours === 0 || (ours === null && scale === null), `${where}: ${ours}`);
  } else if (raw === null) {
    strictEqual(ours, null, where);
  } else if (scale === null) {
    strictEqual(ours, null, where);
    strictEqual(reason, "scale-absent", where);
  } else if (type === "ipaddr") {
    const bytes = [24, 16, 8, 0].map((shift) =>
      Math.floor(Number(raw) / 2 ** shift) % 256
    );
    strictEqual(ours, bytes.join("."), where);
  } else if (type === "ipv6addr") {
    strictEqual(expanded(String(ours)), String(raw).replaceAll(":", ""), where);
  } else if (type === "string" || type === "eui48") {
    strictEqual(ours, raw, where);
  } else if (type.startsWith("float")) {
    strictEqual(ours, raw, where);
  } else {
    checkNumber(ours, String(raw), scale, where);
    const near = Number(ours) - Number(value);
    ok(Math.abs(near) <= Math.abs(Number(value)) * 1e-9, `${where}: ${ours}, ${value}`);
  }
}

/** 64-bit points beyond 2^53 are whole numbers, exact where they can be; all others the nearest double. */
function checkNumber(
  ours: PointValue,
  raw: string,
  scale: number,
  where: string,
): void {
  if (typeof ours !== "bigint") {
    strictEqual(ours, Number(`${raw}e${scale}`), where);
    return;
  }
  const power = 10n ** BigInt(Math.abs(scale));
  if (scale >= 0) return strictEqual(ours, BigInt(raw) * power, where);
  const off = ours * power - BigInt(raw); // not whole: the nearest whole number
  ok(2n * (off < 0n ? -off : off) <= power, where);
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
