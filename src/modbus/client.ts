/**
 * The door to the network: Modbus TCP connections by npm:modbus-serial.
 *
 * @module
 */

import type { Clock } from "../base/clock.ts";
import type { OpenLink } from "./link.ts";

/** Makes the function that opens real connections. */
export function createLinkOpener(_clock: Clock): OpenLink {
  throw new Error("not yet");
}
