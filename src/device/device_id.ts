/**
 * Derives a device's id from its identity, never from its address. Pure.
 *
 * @module
 */

import type { Identity } from "../sunspec/identity.ts";

/** Maximum length of each part of a derived id. */
const PART_LENGTH_MAX = 40;

/**
 * Derives an id: manufacturer, model and serial number in lower case, joined by
 * hyphens. The cached id is kept if it identifies the same device, because new
 * firmware may change the model text or leave a text empty.
 *
 * @param cached the id that was derived earlier, if any.
 * @returns undefined if the identity is empty and no id is cached.
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
  cached: string | undefined,
): string | undefined {
  const maker = slug([identity.manufacturer]);
  const serial = slug([identity.serial]);
  const derived = slug([identity.manufacturer, identity.model, identity.serial]);
  if (cached !== undefined) {
    if (derived === "") return cached;
    const sameMaker = maker === "" || cached.startsWith(`${maker}-`);
    const sameSerial = serial !== "" && cached.endsWith(`-${serial}`);
    if (sameMaker && sameSerial) return cached;
    if (serial === "" && cached.startsWith(`${derived}-`)) return cached;
  }
  return derived === "" ? undefined : derived;
}

/**
 * Derives the id of a device without a unique serial number: it contains the address.
 * The cached id is kept if it may identify the same device, as by {@linkcode deriveId}:
 * a serial number may be empty for a while.
 *
 * @param address `host:port`.
 * @returns undefined if the identity is empty and no id is cached.
 */
export function deriveIdWithAddress(
  identity: Identity,
  address: string,
  cached: string | undefined,
): string | undefined {
  const derived = deriveId(identity, cached);
  if (derived === undefined || derived === cached) return cached;
  return `${derived}-${slug([address])}`;
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
