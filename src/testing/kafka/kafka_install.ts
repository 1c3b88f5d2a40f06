/**
 * Brings the broker's jars from Maven Central into `.tools/kafka/`, once.
 *
 * @module
 */

/** The project's root, with a slash at its end. */
export const ROOT: string = new URL("../../../", import.meta.url).pathname;

const INSTALL_LIMIT_MS = 300_000;

/** Installs what `pom.xml` beside this file names; gives the folder of the jars. */
export async function installBroker(): Promise<string> {
  const pom = `${ROOT}src/testing/kafka/pom.xml`;
  const version = /<artifactId>kafka_2\.13<\/artifactId>\s*<version>([^<]+)/
    .exec(await Deno.readTextFile(pom))?.[1];
  if (version === undefined) throw new Error(`${pom} names no version of kafka_2.13`);
  const libs = `${ROOT}.tools/kafka/libs-${version}`;
  if (await exists(`${libs}/kafka_2.13-${version}.jar`)) return libs;
  // Into a folder of this process first: a half-done install is never taken for whole.
  const partial = `${libs}.${Deno.pid}`;
  await Deno.mkdir(partial, { recursive: true });
  const { success, stdout, stderr } = await new Deno.Command("mvn", {
    args: [
      ...["-q", "-B", "-f", pom, "dependency:copy-dependencies"],
      `-DoutputDirectory=${partial}`,
    ],
    signal: AbortSignal.timeout(INSTALL_LIMIT_MS),
  }).output();
  if (!success) {
    const said = new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr);
    throw new Error(`mvn could not fetch the broker: ${said.slice(-2_000)}`);
  }
  try {
    await Deno.rename(partial, libs);
  } catch (error) {
    // Another test process was first.
    await Deno.remove(partial, { recursive: true });
    if (!await exists(`${libs}/kafka_2.13-${version}.jar`)) throw error;
  }
  return libs;
}

async function exists(path: string): Promise<boolean> {
  return await Deno.stat(path).then(() => true, () => false);
}
