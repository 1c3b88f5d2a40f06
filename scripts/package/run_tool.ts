/**
 * Runs the tools that builds are made with.
 *
 * @module
 */

/** The project's root, with a slash at its end. */
export const ROOT: string = new URL("../../", import.meta.url).pathname;

/** Where and with what a tool runs. */
export interface ToolOptions {
  /** Default: the project's root. */
  readonly cwd?: string;
  /** Beside the environment that there is. */
  readonly env?: Readonly<Record<string, string>>;
}

/**
 * Runs a tool to its end.
 *
 * @returns what it wrote to stdout.
 * @throws {Error} With what it wrote, if it fails; if it is not installed.
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
    throw new Error(`${program} is not installed; it is needed to build`);
  });
  const decoder = new TextDecoder();
  const said = decoder.decode(stdout);
  if (code === 0) return said;
  throw new Error(
    `${program} ${args[0] ?? ""} ended with ${code}:\n${said}${decoder.decode(stderr)}`,
  );
}
