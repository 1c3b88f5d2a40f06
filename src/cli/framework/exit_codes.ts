/**
 * Exit codes of the process. Those above 63 are defined in sysexits.h.
 *
 * @module
 */

/** The exit codes of all commands. */
export const EXIT = {
  /** The command succeeded. */
  ok: 0,
  /** The command failed; stderr has the reason. */
  failure: 1,
  /** The command line is invalid. */
  usage: 2,
  /** Readings are being lost, or will be soon. */
  failing: 3,
  /** A device, a broker or an agent could not be reached (EX_UNAVAILABLE). */
  unavailable: 69,
  /** Internal error (EX_SOFTWARE). */
  internal: 70,
  /** The configuration is invalid (EX_CONFIG). */
  config: 78,
} as const;
