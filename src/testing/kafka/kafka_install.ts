/**
 * Downloads the broker's jars from Maven Central into `.tools/kafka/`, once.
 *
 * @module
 */

import { PROJECT_ROOT } from "../project_root.ts";

const INSTALL_LIMIT_MS = 300_000;

/** Installs the jars that `pom.xml` lists; returns their folder. */
export async function installBroker(): Promise<string> {
  const pom = `${PROJECT_ROOT}src/testing/kafka/pom.xml`;
  const version = /<artifactId>kafka_2\.13<\/artifactId>\s*<version>([^<]+)/
    .exec(await Deno.readTextFile(pom))?.[1];
  if (version === undefined) throw new Error(`${pom}: no version of kafka_2.13 found`);
  const libs = `${PROJECT_ROOT}.tools/kafka/libs-${version}`;
  if (await exists(`${libs}/kafka_2.13-${version}.jar`)) return libs;
  // A temporary folder first: a partial install is never mistaken for a complete one.
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
    const output = new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr);
    throw new Error(`mvn could not download the broker: ${output.slice(-2_000)}`);
  }
  try {
    await Deno.rename(partial, libs);
  } catch (error) {
    // Another test process has installed them.
    await Deno.remove(partial, { recursive: true });
    if (!await exists(`${libs}/kafka_2.13-${version}.jar`)) throw error;
  }
  return libs;
}

async function exists(path: string): Promise<boolean> {
  return await Deno.stat(path).then(() => true, () => false);
}
