/**
 * Keeps device ids unique across the units of a plant and recognises duplicates. Pure.
 *
 * @module
 */

import type { Identity } from "../sunspec/identity.ts";
import { identityKey } from "./duplicates.ts";

/** Assigns ids to units; an id belongs to one unit at a time. Units are identified by their keys, `host:port/unit`. */
export interface IdRegistry {
  /**
   * Claims an id for a unit and releases the id that the unit had before.
   *
   * @returns the key of the owner, if the id belongs to another unit.
   */
  claim(deviceId: string, key: string): string | undefined;
  /** The key of the unit that owns an id. */
  ownerOf(deviceId: string): string | undefined;
  /** Assigns an id to the unit that is configured with it, even if another unit owns it. */
  reserve(deviceId: string, key: string): void;
  /** Removes a unit and releases its ids. */
  release(key: string): void;
  /** The key of another unit that was registered earlier with the same serial number. */
  duplicateOf(identity: Identity, key: string): string | undefined;
  /** Registers the identity of a unit; null = the unit is not a separate device. */
  setIdentity(identity: Identity | null, key: string): void;
}

/** Creates an empty registry. */
export function createIdRegistry(): IdRegistry {
  const owners = new Map<string, string>();
  const identities = new Map<string, string>();

  function releaseIds(key: string): void {
    for (const [id, owner] of owners) if (owner === key) owners.delete(id);
  }

  return {
    ownerOf: (deviceId) => owners.get(deviceId),
    reserve: (deviceId, key) => void owners.set(deviceId, key),
    release(key) {
      releaseIds(key);
      identities.delete(key);
    },
    duplicateOf(identity, key) {
      const wanted = identityKey(identity);
      if (wanted === undefined) return undefined;
      const first = [...identities].find(([unit, known]) =>
        unit === key || known === wanted
      );
      return first?.[0] === key ? undefined : first?.[0];
    },
    setIdentity(identity, key) {
      const known = identity === null ? undefined : identityKey(identity);
      if (known === undefined) identities.delete(key);
      else identities.set(key, known);
    },
    claim(deviceId, key) {
      const owner = owners.get(deviceId);
      // A unit that claims another id no longer owns its former one: two devices may have swapped addresses.
      if (owner !== key) releaseIds(key);
      if (owner !== undefined && owner !== key) return owner;
      owners.set(deviceId, key);
      return undefined;
    },
  };
}

/** Whether two units, given by their keys `host:port/unit`, have the same host and port. */
export function shareAddress(a: string, b: string): boolean {
  const addressOf = (key: string): string => key.slice(0, key.lastIndexOf("/"));
  return addressOf(a) === addressOf(b);
}
