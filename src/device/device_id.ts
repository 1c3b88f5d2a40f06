/**
 * What a device is called: as configured, or after what it says of itself,
 * never after its address. Pure.
 *
 * @module
 */

import type { Identity } from "./layout.ts";
import { identityKey } from "./duplicates.ts";

/** No part of a derived id is longer. */
const PART_LENGTH_MAX = 40;

/**
 * The id that an identity gives: manufacturer, model and serial in lower case,
 * joined by hyphens. What is remembered stays if it names the same device: a
 * new firmware may write its model otherwise, or leave a text out.
 *
 * @returns undefined if the device says nothing of itself.
 *
 * @example
 * ```ts
 * import { strictEqual } from "node:assert";
 * import { deriveId } from "./device_id.ts";
 *
 * const identity = {
 *   manufacturer: "Ärger & Söhne",
 *   model: "X-1 (rev. B)",
 *   options: null,
 *   firmware: "1.2",
 *   serial: "00A7",
 * };
 * strictEqual(deriveId(identity, undefined), "arger-sohne-x-1-rev-b-00a7");
 * ```
 */
export function deriveId(
  identity: Identity,
  remembered: string | undefined,
): string | undefined {
  const maker = slug([identity.manufacturer]);
  const serial = slug([identity.serial]);
  const derived = slug([identity.manufacturer, identity.model, identity.serial]);
  if (remembered !== undefined) {
    if (derived === "") return remembered;
    const sameMaker = maker === "" || remembered.startsWith(`${maker}-`);
    const sameSerial = serial !== "" && remembered.endsWith(`-${serial}`);
    if (sameMaker && sameSerial) return remembered;
    if (serial === "" && remembered.startsWith(`${derived}-`)) return remembered;
  }
  return derived === "" ? undefined : derived;
}

function slug(texts: readonly (string | null)[]): string {
  return texts.map(slugPart).filter((part) => part !== "").join("-");
}

function slugPart(text: string | null): string {
  return (text ?? "")
    .normalize("NFKD")
    .replaceAll(/\p{Mark}/gu, "")
    .toLowerCase()
    .replaceAll(/[^\p{Letter}\p{Number}]+/gu, "-")
    .slice(0, PART_LENGTH_MAX)
    .replaceAll(/^-+|-+$/g, "");
}

/** Whether two units, by their keys `host:port/unit`, stand behind one address. */
export function shareAddress(a: string, b: string): boolean {
  const addressOf = (key: string): string => key.slice(0, key.lastIndexOf("/"));
  return addressOf(a) === addressOf(b);
}

/** Which unit has which id: no id has two. */
export interface Claims {
  /** Claims an id for a unit; what it claimed before is free again. Returns the key of the unit that has it, if another does. */
  claim(deviceId: string, key: string): string | undefined;
  /** The key of the unit that has an id. */
  ownerOf(deviceId: string): string | undefined;
  /** Gives an id to the unit that is configured with it, whoever had it. */
  reserve(deviceId: string, key: string): void;
  /** Forgets a unit: its ids are free. */
  release(key: string): void;
  /** The key of a unit that was noted before to be the same, down to the serial. */
  twinOf(identity: Identity, key: string): string | undefined;
  /** Notes who a unit is; null = it is none of its own. */
  note(identity: Identity | null, key: string): void;
}

/** Makes claims; no id is taken. */
export function createClaims(): Claims {
  const owners = new Map<string, string>();
  const names = new Map<string, string>();

  /** All ids of a unit are free again. */
  function free(key: string): void {
    for (const [id, holder] of owners) if (holder === key) owners.delete(id);
  }

  return {
    ownerOf: (deviceId) => owners.get(deviceId),
    reserve: (deviceId, key) => void owners.set(deviceId, key),
    release(key) {
      free(key);
      names.delete(key);
    },
    twinOf(identity, key) {
      const name = identityKey(identity);
      if (name === undefined) return undefined;
      const first = [...names].find(([unit, other]) => unit === key || other === name);
      return first?.[0] === key ? undefined : first?.[0];
    },
    note(identity, key) {
      const name = identity === null ? undefined : identityKey(identity);
      if (name === undefined) names.delete(key);
      else names.set(key, name);
    },
    claim(deviceId, key) {
      const owner = owners.get(deviceId);
      // Whoever says it is another is no longer who it was: two may have changed places.
      if (owner !== key) free(key);
      if (owner !== undefined && owner !== key) return owner;
      owners.set(deviceId, key);
      return undefined;
    },
  };
}
