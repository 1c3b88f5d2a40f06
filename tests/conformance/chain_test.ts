/** Walks and plans the chains of real devices. */

import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { loadDefinition } from "../../models/index.ts";
import {
  type ChainResult,
  type ReadAnswer,
  walkChain,
} from "../../src/sunspec/chain.ts";
import { decodeModel } from "../../src/sunspec/decode/decode.ts";
import { parseIdentity } from "../../src/sunspec/identity.ts";
import type { Span } from "../../src/sunspec/plan/read_plan.ts";
import { decodePoll } from "../../src/sunspec/decode/poll_decode.ts";
import {
  createRegisterImage,
  type PlannedModel,
  planPoll,
} from "../../src/sunspec/plan/poll_plan.ts";
import {
  type DeviceDump,
  type SharedDevice,
  testWithSharedDevices,
} from "../../src/testing/devices/shared_devices.ts";

const MALFORMED = "sax-power-home-malformed";

testWithSharedDevices(
  "walkChain() walks the chains of real devices to their ends",
  (devices) => {
    for (const { name, dump } of devices) {
      const { result, requests } = walk(dump);
      strictEqual(result.marker, "found", name);
      ok(requests <= dump.models.length + 8, `${name}: ${requests} requests`);
      if (name === MALFORMED) continue;
      deepStrictEqual(
        result.models,
        dump.models.map(({ id, len, addr }) => ({ id, length: len, address: addr })),
        name,
      );
      if (dump.endModel) strictEqual(result.end, "end-model", name);
      if (dump.complete) deepStrictEqual(result.oddities, [], name);
    }
  },
);

testWithSharedDevices(
  "walkChain() returns the models found in a malformed chain",
  (devices) => {
    const { result, requests } = walk(dumpOf(devices, MALFORMED));
    deepStrictEqual(result.models, [{ id: 1, address: 40_002, length: 15 }]);
    strictEqual(result.end, "id-zero");
    strictEqual(result.oddities.length, 2);
    ok(requests <= 4);
  },
);

testWithSharedDevices(
  "parseIdentity() decodes the identity of a real device",
  (devices) => {
    const { result } = walk(dumpOf(devices, "sma-sb3.6-20230810"));
    ok(result.common);
    deepStrictEqual(parseIdentity(result.common), {
      manufacturer: "SMA",
      model: "SB3.6-1AV-41",
      options: null,
      firmware: "4.00.75.R",
      serial: "3005067415",
    });
  },
);

testWithSharedDevices(
  "decodePoll() decodes a planned poll like the whole dump",
  async (devices) => {
    for (const { name, dump } of devices.filter(({ dump }) => dump.complete)) {
      const models: PlannedModel[] = [];
      for (const at of walk(dump).result.models) {
        const definition = await loadDefinition(at.id);
        if (definition !== undefined) models.push({ at, definition });
      }
      for (const countMax of [10, 50, 64, 125]) {
        const plan = planPoll(models, dump.base, { countMax, gapMax: 16 });
        const image = createRegisterImage();
        for (const span of plan.reads) {
          ok(span.count <= countMax);
          const answer = answerTo(dump, span);
          if (answer.ok) image.put(span, answer.registers);
        }
        const outcome = decodePoll(plan, image);
        ok(outcome.ok, `${name} ${JSON.stringify(outcome)}`);
        deepStrictEqual(outcome.rereads, []);
        deepStrictEqual(
          outcome.models,
          models.map(({ at, definition }) => {
            const start = at.address - dump.base;
            const registers = dump.registers.slice(start, start + 2 + at.length);
            return decodeModel(definition, at, registers);
          }),
          `${name} by ${countMax}`,
        );
      }
    }
  },
);

function walk(dump: DeviceDump): { result: ChainResult; requests: number } {
  const steps = walkChain(dump.base);
  let requests = 0;
  let step = steps.next();
  while (!step.done) {
    requests++;
    ok(requests < 1_000, "the walk does not end");
    step = steps.next(answerTo(dump, step.value));
  }
  return { result: step.value, requests };
}

/** The answer of the device: an exception if it lacks one of the registers. */
function answerTo(dump: DeviceDump, { address, count }: Span): ReadAnswer {
  const start = address - dump.base;
  const found = dump.registers.slice(start, start + count);
  const registers = found.filter((each) => each !== null);
  return registers.length === count
    ? { ok: true, registers: Uint16Array.from(registers) }
    : { ok: false, why: "exception" };
}

function dumpOf(devices: readonly SharedDevice[], name: string): DeviceDump {
  const device = devices.find((each) => each.name === name);
  ok(device, `${name} is not among the dumps`);
  return device.dump;
}
