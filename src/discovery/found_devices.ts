/**
 * The devices that scans have found, and how they are followed when they move.
 * Pure.
 *
 * @module
 */

import type { Identity } from "../device/layout.ts";
import { identityKey, type SeenDevice, type Sighting } from "../device/duplicates.ts";

/** No more devices are kept. */
export const FOUND_MAX = 1_000;

/** A device that was found, and where it was last. It is kept when it vanishes. */
export interface FoundDevice {
  readonly at: Sighting;
  readonly identity: Identity;
}

/** What a look has changed. */
export interface FoundNews {
  readonly added: readonly SeenDevice[];
  readonly moved: readonly { readonly from: Sighting; readonly to: SeenDevice }[];
  /** Devices that there was no more room for. */
  readonly left: readonly SeenDevice[];
}

/** How far the look is, and what else is known. */
export interface LookState {
  /** Whether every address was looked at, so that a device that was not seen has gone. */
  readonly over: boolean;
  /** Whether the device at a place answers its polls. */
  readonly answers: (place: Sighting) => boolean;
}

/**
 * Takes in what was seen. A device is known again by manufacturer, model and
 * serial; without a serial that tells it from others, by its place. It has moved
 * if it was seen elsewhere, and where it was nobody was seen and nobody answers.
 */
export function takeIn(
  known: readonly FoundDevice[],
  seen: readonly SeenDevice[],
  { over, answers }: LookState,
): { readonly known: readonly FoundDevice[]; readonly news: FoundNews } {
  const byPlace = new Map(known.map((device) => [placeKey(device.at), device]));
  const placesSeen = new Set(seen.flatMap(placesOf).map(placeKey));
  const added: SeenDevice[] = [];
  const moved: { from: Sighting; to: SeenDevice }[] = [];
  const left: SeenDevice[] = [];
  for (const device of seen) {
    const { at, layout: { identity } } = device;
    const key = identityKey(identity);
    const here = placesOf(device).map(placeKey).find((place) => byPlace.has(place));
    const before = [...byPlace.values()].find((other) =>
      key !== undefined && identityKey(other.identity) === key &&
      placeKey(other.at) !== here
    );
    const gone = before !== undefined && over && !answers(before.at) &&
      !placesSeen.has(placeKey(before.at));
    if (gone) {
      byPlace.delete(placeKey(before.at));
      moved.push({ from: before.at, to: device });
    }
    if (here !== undefined) {
      // Whoever was there before has gone, or this is the one that was.
      byPlace.set(here, { at: byPlace.get(here)?.at ?? at, identity });
    } else if (gone) byPlace.set(placeKey(at), { at, identity });
    else if (before !== undefined) continue; // it answers at two addresses, or may yet
    else if (byPlace.size >= FOUND_MAX) left.push(device);
    else {
      byPlace.set(placeKey(at), { at, identity });
      added.push(device);
    }
  }
  return { known: [...byPlace.values()], news: { added, moved, left } };
}

function placesOf({ at, also }: SeenDevice): readonly Sighting[] {
  return [at, ...also];
}

function placeKey({ host, port, unitId }: Sighting): string {
  return `${host}:${port}/${unitId}`;
}

/** Reads what was kept in a file; what makes no sense there is left out. */
export function parseFound(found: unknown): readonly FoundDevice[] {
  if (!Array.isArray(found)) return [];
  return found.filter(isFoundDevice).slice(0, FOUND_MAX);
}

function isFoundDevice(value: unknown): value is FoundDevice {
  if (!isTable(value) || !isTable(value["at"]) || !isTable(value["identity"])) {
    return false;
  }
  const { host, port, unitId } = value["at"];
  const texts = ["manufacturer", "model", "options", "firmware", "serial"]
    .map((name) => (value["identity"] as Readonly<Record<string, unknown>>)[name]);
  return typeof host === "string" && isWhole(port, 65_535) && isWhole(unitId, 255) &&
    texts.every((text) => text === null || typeof text === "string");
}

function isWhole(value: unknown, max: number): boolean {
  return Number.isInteger(value) && Number(value) >= 0 && Number(value) <= max;
}

function isTable(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
