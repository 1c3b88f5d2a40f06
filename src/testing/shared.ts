/**
 * The register dumps of real devices, which stand beside the project and not
 * in it (`../shared/devices`).
 *
 * @module
 */

/** A device's registers. */
export interface DeviceDump {
  readonly name: string;
  /** Zero-based address of the marker. */
  readonly base: number;
  readonly unitId: number | null;
  readonly models: readonly {
    readonly id: number;
    readonly len: number;
    readonly addr: number;
  }[];
  /** From `base` on; null = the device answers exception 2. */
  readonly registers: readonly (number | null)[];
  readonly complete: boolean;
  readonly endModel: boolean;
}

/** What an independent decoder makes of a dump. */
export interface Expected {
  readonly models: readonly {
    readonly id: number;
    readonly addr: number;
    readonly len: number;
    readonly error: string | null;
    readonly points: readonly ExpectedPoint[] | null;
  }[];
}

/** One point as the independent decoder has it. */
export interface ExpectedPoint {
  readonly path: string;
  readonly type: string;
  readonly offset: number;
  readonly size: number;
  readonly hex: string;
  readonly raw: number | string | null;
  readonly value: number | string | null;
  readonly sfRef?: string | number;
  readonly sf?: number | null;
}

/** A dump with its answers. */
export interface SharedDevice {
  readonly name: string;
  readonly dump: DeviceDump;
  readonly expected: Expected;
}

const FOLDER = new URL("../../../shared/devices/", import.meta.url);

/** The dumps, by name; undefined if they are not on this machine. */
export function sharedDevices(): SharedDevice[] | undefined {
  const names: string[] = [];
  try {
    for (const { name } of Deno.readDirSync(FOLDER)) {
      const stem = /^(.+)\.expected\.json$/.exec(name)?.[1];
      if (stem !== undefined) names.push(stem);
    }
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
  return names.sort().map((name) => ({
    name,
    dump: readJson(`${name}.json`),
    expected: readJson(`${name}.expected.json`),
  }));
}

/**
 * Registers a test that needs the dumps. Where they are missing it says so in
 * one line instead, or, with CI set, fails.
 */
export function withShared(
  name: string,
  test: (devices: readonly SharedDevice[]) => void | Promise<void>,
): void {
  const devices = sharedDevices();
  if (devices !== undefined) {
    Deno.test(name, () => test(devices));
  } else if (Deno.env.get("CI")) {
    Deno.test(name, () => {
      throw new Error("../shared/devices is missing");
    });
  } else {
    Deno.stdout.writeSync(
      new TextEncoder().encode(`left out, ../shared/devices is missing: ${name}\n`),
    );
  }
}

/** Trusted: the dumps' form is the folder's promise. */
function readJson<T>(file: string): T {
  return JSON.parse(Deno.readTextFileSync(new URL(file, FOLDER)));
}
