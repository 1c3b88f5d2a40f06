/**
 * A device that answers rightly until it is told to attack. Behind its address
 * stand a unit that attacks and, if wanted, one that never does.
 *
 * @module
 */

import { readImage } from "../../src/simulator/device_image.ts";
import {
  createCountingImage,
  POLLED_REGISTER,
} from "../../src/testing/agent/fleet_image.ts";
import {
  answerTo,
  exceptionTo,
  type RawConnection,
  type RawRequest,
  startRawPeer,
} from "../../src/testing/devices/raw_peer.ts";

/** What an attack has to work with. */
export interface Scene {
  readonly connection: RawConnection;
  readonly request: RawRequest;
  /** The right answer to the request. */
  readonly right: Uint8Array;
}

/**
 * What is attacked: the first read of each poll, the second, or every request
 * of the unit.
 */
export type Aim = "first" | "second" | "any";

/** An attack that is on. */
export interface Armed {
  /** How often it took place. */
  readonly fired: number;
  /** The longest that the agent clung to the connection after it, in ms. */
  readonly heldMs: number;
  disarm(): void;
}

/** A running device. */
export interface HostileDevice {
  /** What the agent calls the hostile unit. */
  readonly id: string;
  readonly port: number;
  /** When each poll of a unit began, wall clock in ms. */
  polls(unitId: number): readonly number[];
  /** Polls of the hostile unit that were answered rightly to their end. */
  readonly wholes: number;
  /** Attacks the hostile unit's requests, `times` at most. */
  arm(attack: (scene: Scene) => Promise<unknown>, aim: Aim, times?: number): Armed;
  /** Does this to every new connection, before any request is read. */
  ambush(attack: (connection: RawConnection) => Promise<unknown>): Armed;
  close(): Promise<void>;
}

/** The unit that attacks. */
export const HOSTILE_UNIT = 3;
/** The well unit beside it. */
export const SIBLING_UNIT = 4;

const REQUESTS_MAX = 100_000;

/** Starts one; the numbers make the units' serial numbers. */
export function startHostileDevice(
  numbers: { readonly id: string; readonly hostile: number; readonly sibling?: number },
): HostileDevice {
  const units = new Map([[HOSTILE_UNIT, createCountingImage(numbers.hostile)]]);
  if (numbers.sibling !== undefined) {
    units.set(SIBLING_UNIT, createCountingImage(numbers.sibling));
  }
  let wholes = 0;
  let armed: (Arming & { fire: (scene: Scene) => Promise<unknown> }) | undefined;
  let ambushed:
    | (Arming & { fire: (connection: RawConnection) => Promise<unknown> })
    | undefined;

  function rightAnswer(request: RawRequest): Uint8Array {
    const { unitId, functionCode, address, count } = request;
    const unit = units.get(unitId);
    if (unit === undefined) return exceptionTo(request, 0x0b);
    const answer = readImage(unit.image, { unitId, functionCode, address, count });
    if (!answer.ok) return exceptionTo(request, answer.code);
    return answerTo(request, {}, (at) => answer.registers[at - address] ?? 0);
  }

  const peer = startRawPeer(async (connection) => {
    const attacks: Promise<unknown>[] = [];
    let since: { readonly arming: Arming; readonly ms: number } | undefined;
    const attack = (arming: Arming, running: Promise<unknown>): void => {
      arming.fired++;
      since = { arming, ms: performance.now() };
      attacks.push(running);
    };
    if (ambushed !== undefined) {
      const springing = ambushed.fire(connection);
      attack(ambushed, springing);
      await springing; // before anything is read: closing then is a reset
    }
    for (let served = 0; served < REQUESTS_MAX; served++) {
      const request = await connection.request();
      if (since !== undefined) {
        const heldMs = performance.now() - since.ms;
        since.arming.heldMs = Math.max(since.arming.heldMs, heldMs);
        since = undefined;
      }
      if (request === undefined) break;
      const right = rightAnswer(request);
      if (armed === undefined || !isAim(armed.aim, request)) {
        if (!await connection.send(right)) break;
        if (isAim("second", request)) wholes++;
        continue;
      }
      // Not awaited: what the agent does next shows how long it holds on.
      attack(armed, armed.fire({ connection, request, right }));
      if (armed.fired >= armed.times) armed = undefined;
    }
    await Promise.all(attacks);
  });

  return {
    id: numbers.id,
    port: peer.port,
    polls: (unitId) => units.get(unitId)?.polls ?? [],
    get wholes() {
      return wholes;
    },
    arm(fire, aim, times = Infinity) {
      const mine = armed = {
        ...{ fire, aim, times, fired: 0, heldMs: 0 },
        disarm: () => void (armed = armed === mine ? undefined : armed),
      };
      return mine;
    },
    ambush(fire) {
      const mine = ambushed = {
        ...{ fire, aim: "any" as const, times: Infinity, fired: 0, heldMs: 0 },
        disarm: () => void (ambushed = ambushed === mine ? undefined : ambushed),
      };
      return mine;
    },
    close: () => peer.close(),
  };
}

interface Arming extends Armed {
  readonly aim: Aim;
  readonly times: number;
  fired: number;
  heldMs: number;
}

function isAim(aim: Aim, { unitId, address, count }: RawRequest): boolean {
  if (unitId !== HOSTILE_UNIT) return false;
  if (aim === "any") return true;
  if (count <= 2) return false; // a look whether the marker is there
  return aim === "first"
    ? address <= POLLED_REGISTER && POLLED_REGISTER < address + count
    : address > POLLED_REGISTER;
}
