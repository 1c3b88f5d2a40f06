/**
 * Limits of the Modbus protocol.
 *
 * Source: MODBUS Application Protocol Specification 1.1b3.
 *
 * @module
 */

/** Maximum number of registers of one read request. Source: sections 6.3 and 6.4. */
export const REGISTERS_PER_READ_MAX = 125;

/** Number of addresses of a register table, 0..65535. Source: section 4.4. */
export const ADDRESS_COUNT = 65_536;
