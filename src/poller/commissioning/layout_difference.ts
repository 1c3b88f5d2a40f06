/**
 * Compares the models of a device with those that it had before. Pure.
 *
 * @module
 */

import type { NumberedSegment } from "../../device/known_part.ts";
import type { PartRegistry } from "../../device/part_registry.ts";
import { NO_TEXTS } from "../../sunspec/chain_parts.ts";
import { COMMON_MODEL_ID } from "../../sunspec/spec.ts";
import type { ChangedPart, LayoutDifference } from "../sample.ts";

/** What came to the chain of a device, and what went, by part. */
export function layoutDifference(
  deviceId: string,
  before: PartRegistry,
  after: PartRegistry,
): LayoutDifference {
  const old = modelsByPart(before.chain);
  const now = modelsByPart(after.chain);
  const toChanged = (number: number, models: readonly number[]): ChangedPart[] => {
    const known = after.parts.find((part) => part.number === number);
    const { manufacturer, model, serial } = known?.texts ?? NO_TEXTS;
    const id = partId(deviceId, number);
    const texts = { manufacturer, model, serial };
    return models.length === 0 ? [] : [{ deviceId: id, texts, models }];
  };
  return {
    came: [...now].flatMap(([number, models]) =>
      toChanged(number, without(models, old.get(number) ?? []))
    ),
    went: [...old].flatMap(([number, models]) =>
      toChanged(number, without(models, now.get(number) ?? []))
    ),
  };
}

/** The id of a part: that of the device, or `<id>.<n>`. */
export function partId(deviceId: string, number: number): string {
  return number === 1 ? deviceId : `${deviceId}.${number}`;
}

/** Describes parts as text for people. */
export function describeParts(parts: readonly ChangedPart[]): string {
  return parts.map(({ deviceId, texts, models }) => {
    const { manufacturer, model, serial } = texts;
    const name = [manufacturer, model, serial].filter((text) => text !== null).join(
      " ",
    );
    const ids = models.filter((id) => id !== COMMON_MODEL_ID);
    const what = ids.length === 0 ? "no models" : `models ${ids.join(", ")}`;
    return `${deviceId} (${name === "" ? "" : `${name}: `}${what})`;
  }).join("; ") || "nothing";
}

function modelsByPart(
  chain: readonly NumberedSegment[],
): ReadonlyMap<number, readonly number[]> {
  const parts = new Map<number, number[]>();
  for (const { number, models } of chain) {
    parts.set(number, [...parts.get(number) ?? [], ...models]);
  }
  return parts;
}

/** The elements of a list that remain when those of the other are removed once each. */
function without(list: readonly number[], other: readonly number[]): number[] {
  const left = [...other];
  return list.filter((each) => {
    const at = left.indexOf(each);
    if (at >= 0) left.splice(at, 1);
    return at < 0;
  });
}
