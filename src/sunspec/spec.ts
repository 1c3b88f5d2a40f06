/**
 * Constants of the SunSpec specification.
 *
 * Source, unless stated otherwise: SunSpec Device Information Model Specification
 * 1.2; the section is named at each constant.
 *
 * @module
 */

/**
 * The marker that precedes the first model: the text `SunS` in two registers.
 * Source: "Device Modbus Map".
 */
export const SUNS_MARKER = [0x5375, 0x6e53] as const;

/** Number of registers of the marker. Source: "Device Modbus Map". */
export const MARKER_SIZE = 2;

/** Number of registers of a model's header: ID and L. Source: "Model Definition". */
export const MODEL_HEADER_SIZE = 2;

/** Id of the common model, which follows the marker. Source: "Device Modbus Map". */
export const COMMON_MODEL_ID = 1;

/** The largest model id. Source: "Model Definition". */
export const MODEL_ID_MAX = 65_534;

/** Id of the end model, which ends the model chain. Source: "Device Modbus Map". */
export const END_MODEL_ID = 0xffff;

/**
 * Values of L that the common model may have: 66, or 65 without the padding register at
 * its end. Source: definition of model 1.
 */
export const COMMON_MODEL_LENGTHS: readonly number[] = [65, 66];

/**
 * Offset of the serial number (SN) in the common model, counted from the register
 * that holds the model id. Source: definition of model 1.
 */
export const SERIAL_OFFSET = 50;

/** Number of registers of the serial number. Source: definition of model 1. */
export const SERIAL_SIZE = 16;

/**
 * Number of registers at the start of the common model that hold the identity:
 * header, Mn, Md, Opt, Vr and SN. Source: definition of model 1.
 */
export const IDENTITY_SIZE = SERIAL_OFFSET + SERIAL_SIZE;

/** Scale factors lie within -10..10. Source: "Scale Factors". */
export const SCALE_LIMIT = 10;
