/**
 * A device that answers correctly until a test arms an attack. Its address has a
 * malicious unit and, optionally, a healthy one.
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

/** Input of an attack. */
export interface AttackContext {
  readonly connection: RawConnection;
  readonly request: RawRequest;
  /** The correct answer to the request. */
  readonly correctAnswer: Uint8Array;
}

/**
 * Target of an attack: the first read of each poll, the second, or every request of
 * the unit.
 */
export type AttackTarget = "first" | "second" | "any";

/** An armed attack. */
export interface ArmedAttack {
  /** Number of times it took place. */
  readonly fired: number;
  /** Longest time that the agent kept the connection afterwards, in ms. */
  readonly connectionKeptMs: number;
  disarm(): void;
}

/** A running device. */
export interface MaliciousDevice {
  /** Device id of the malicious unit. */
  readonly id: string;
  readonly port: number;
  /** Start of each poll of a unit, wall clock in ms. */
  polls(unitId: number): readonly number[];
  /** Number of polls of the malicious unit that were answered correctly. */
  readonly correctPolls: number;
  /** Attacks the malicious unit's requests, `times` at most. */
  arm(
    attack: (scene: AttackContext) => Promise<unknown>,
    target: AttackTarget,
    times?: number,
  ): ArmedAttack;
  /** Attacks every new connection, before any request is read. */
  armConnections(attack: (connection: RawConnection) => Promise<unknown>): ArmedAttack;
  close(): Promise<void>;
}

/** The malicious unit. */
export const MALICIOUS_UNIT = 3;
/** The healthy unit at the same address. */
export const SIBLING_UNIT = 4;

const REQUESTS_MAX = 100_000;

/** Starts a device; the numbers give the units' serial numbers. */
export function startMaliciousDevice(
  numbers: {
    readonly id: string;
    readonly malicious: number;
    readonly sibling?: number;
  },
): MaliciousDevice {
  const units = new Map([[MALICIOUS_UNIT, createCountingImage(numbers.malicious)]]);
  if (numbers.sibling !== undefined) {
    units.set(SIBLING_UNIT, createCountingImage(numbers.sibling));
  }
  let correctPolls = 0;
  let armed:
    | (Arming & { fire: (scene: AttackContext) => Promise<unknown> })
    | undefined;
  let armedConnections:
    | (Arming & { fire: (connection: RawConnection) => Promise<unknown> })
    | undefined;

  function correctAnswerTo(request: RawRequest): Uint8Array {
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
    if (armedConnections !== undefined) {
      const running = armedConnections.fire(connection);
      attack(armedConnections, running);
      await running; // before anything is read, so that closing sends a reset
    }
    for (let served = 0; served < REQUESTS_MAX; served++) {
      const request = await connection.request();
      if (since !== undefined) {
        const heldMs = performance.now() - since.ms;
        since.arming.connectionKeptMs = Math.max(since.arming.connectionKeptMs, heldMs);
        since = undefined;
      }
      if (request === undefined) break;
      const correctAnswer = correctAnswerTo(request);
      if (armed === undefined || !isTarget(armed.target, request)) {
        if (!await connection.send(correctAnswer)) break;
        if (isTarget("second", request)) correctPolls++;
        continue;
      }
      // Not awaited: the agent's next action shows how long it keeps the connection.
      attack(armed, armed.fire({ connection, request, correctAnswer }));
      if (armed.fired >= armed.times) armed = undefined;
    }
    await Promise.all(attacks);
  });

  return {
    id: numbers.id,
    port: peer.port,
    polls: (unitId) => units.get(unitId)?.polls ?? [],
    get correctPolls() {
      return correctPolls;
    },
    arm(fire, target, times = Infinity) {
      const mine = armed = {
        ...{ fire, target, times, fired: 0, connectionKeptMs: 0 },
        disarm: () => void (armed = armed === mine ? undefined : armed),
      };
      return mine;
    },
    armConnections(fire) {
      const mine = armedConnections = {
        ...{
          fire,
          target: "any" as const,
          times: Infinity,
          fired: 0,
          connectionKeptMs: 0,
        },
        disarm: () =>
          void (armedConnections = armedConnections === mine
            ? undefined
            : armedConnections),
      };
      return mine;
    },
    close: () => peer.close(),
  };
}

interface Arming extends ArmedAttack {
  readonly target: AttackTarget;
  readonly times: number;
  fired: number;
  connectionKeptMs: number;
}

function isTarget(
  target: AttackTarget,
  { unitId, address, count }: RawRequest,
): boolean {
  if (unitId !== MALICIOUS_UNIT) return false;
  if (target === "any") return true;
  if (count <= 2) return false; // a liveness probe of the marker
  return target === "first"
    ? address <= POLLED_REGISTER && POLLED_REGISTER < address + count
    : address > POLLED_REGISTER;
}
