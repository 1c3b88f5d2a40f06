/**
 * The result of a command.
 *
 * @module
 */

/** Exit code and output of a command. */
export interface CommandOutput {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}
