/**
 * The unit ids that a scan probes by default.
 *
 * @module
 */

/**
 * Unit ids in the order that finds real plants fastest: 1 is the usual default, 2
 * and 3 follow behind gateways, 126 is SMA's, 71 Kostal's, 100 and 200 to 204 are
 * inverters and meters behind data loggers, 240 to 244 are Fronius meters, 247 is
 * the last id that Modbus assigns to a device.
 */
// deno-fmt-ignore
export const COMMON_UNIT_IDS: readonly number[] = [
  1, 2, 3, 126, 71, 100,
  200, 201, 202, 203, 204,
  240, 241, 242, 243, 244,
  247,
];
