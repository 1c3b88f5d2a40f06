/**
 * Decoded models for tests: every point of a definition, null unless given.
 *
 * @module
 */

import { ok } from "node:assert/strict";
import { loadDefinition } from "../../../models/index.ts";
import type {
  DecodedModel,
  DecodeFlag,
  Points,
  PointValue,
} from "../../sunspec/decode/decode.ts";
import { UNKNOWN_IDENTITY } from "../../sunspec/identity.ts";
import type { GroupDefinition } from "../../sunspec/definition/definition.ts";
import type { PollContext } from "../../records/draft.ts";
import { NORMALISED_MODELS } from "../../records/normalise/normalised_models.ts";

/** Context of a poll. */
export const CONTEXT: PollContext = {
  gateway: "gw",
  site: null,
  deviceId: "dev",
  unitId: 1,
  identity: { ...UNKNOWN_IDENTITY, manufacturer: "M", model: "X", serial: "1" },
  slotsMissed: 2,
  intervalMs: 10_000,
  sampledAtMs: 1_700_000_000_000,
  readDurationMs: 41.6,
  clockSynced: true,
};

/** The top groups of model 1 and of the normalised models. */
export const GROUPS: ReadonlyMap<number, GroupDefinition> = new Map(
  await Promise.all([1, ...NORMALISED_MODELS].map(async (id) => {
    const definition = await loadDefinition(id);
    ok(definition);
    return [id, definition.group] as const;
  })),
);

/** A model 160 whose modules have these powers. */
export function inputs(
  powers: readonly number[],
  flags: readonly DecodeFlag[] = [],
): DecodedModel {
  const group = GROUPS.get(160)?.groups?.[0];
  ok(group);
  const modules = powers.map((DCW) => ({ ...pointsOf(group, [null]), DCW }));
  return model(160, { module: modules }, flags);
}

/** A model with the given points; all others are null. */
export function model(
  id: number,
  points: Points = {},
  flags: readonly DecodeFlag[] = [],
): DecodedModel {
  const all = pointsOf(GROUPS.get(id), [null]);
  return { id, address: id, length: 0, points: { ...all, ...points }, flags };
}

/** The same model at another place in the chain. */
export function place(model: DecodedModel, address: number): DecodedModel {
  return { ...model, address };
}

/** A model whose points cycle through `values`; its groups have two instances. */
export function fill(
  id: number,
  address: number,
  values: readonly PointValue[],
): DecodedModel {
  const points = pointsOf(GROUPS.get(id), values);
  return { id, address, length: 0, points, flags: [] };
}

/** Builds the points of a group; their values cycle through `values`. */
export function pointsOf(
  group: GroupDefinition | undefined,
  values: readonly PointValue[],
): Points {
  const points: Record<string, PointValue | readonly Points[]> = {};
  group?.points.forEach(({ name }, index) => {
    points[name] = values[index % values.length] ?? null;
  });
  for (const inner of group?.groups ?? []) {
    points[inner.name] = values.length === 1
      ? []
      : [pointsOf(inner, values), pointsOf(inner, values)];
  }
  return points;
}
