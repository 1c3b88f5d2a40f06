/**
 * What the process's exit code says. Those above 63 are of sysexits.h.
 *
 * @module
 */

/** The exit codes of every command. */
export const EXIT = {
  /** It did what was asked. */
  ok: 0,
  /** It failed; the reason is on stderr. */
  failure: 1,
  /** The command line is wrong. */
  usage: 2,
  /** Readings are lost, or soon will be. */
  failing: 3,
  /** A device, a broker or an agent could not be reached (EX_UNAVAILABLE). */
  unavailable: 69,
  /** A fault in the program itself (EX_SOFTWARE). */
  internal: 70,
  /** The configuration is wrong (EX_CONFIG). */
  config: 78,
} as const;
