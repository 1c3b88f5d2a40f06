/**
 * Runs the build tools.
 *
 * @module
 */

/** Root of the project, with a trailing slash. */
export const ROOT: string = new URL("../../", import.meta.url).pathname;

/** Options of a tool run. */
export interface ToolOptions {
  /** Working directory; default: the root of the project. */
  readonly cwd?: string;
  /** Added to the environment. */
  readonly env?: Readonly<Record<string, string>>;
}

/**
 * Runs a tool.
 *
 * @returns its stdout.
 * @throws {Error} If it fails (with its output) or is not installed.
 */
export async function runTool(
  program: string,
  args: readonly string[],
  { cwd = ROOT, env = {} }: ToolOptions = {},
): Promise<string> {
  const { code, stdout, stderr } = await new Deno.Command(program, {
    args: [...args],
    cwd,
    env: { DENO_TLS_CA_STORE: "system", NO_COLOR: "1", ...env },
  }).output().catch((error: unknown) => {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    throw new Error(`${program} is required for the build but not installed`);
  });
  const decoder = new TextDecoder();
  const output = decoder.decode(stdout);
  if (code === 0) return output;
  throw new Error(
    `${program} ${args[0] ?? ""} exited with ${code}:\n${output}${
      decoder.decode(stderr)
    }`,
  );
}
