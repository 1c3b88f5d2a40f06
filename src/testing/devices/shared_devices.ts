/**
 * Register dumps of real devices in `../shared/devices`, outside the project.
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
  /** Starting at `base`; null = the device answers exception 2. */
  readonly registers: readonly (number | null)[];
  readonly complete: boolean;
  readonly endModel: boolean;
}

/** The models of a dump, decoded by an independent decoder. */
export interface Expected {
  readonly models: readonly {
    readonly id: number;
    readonly addr: number;
    readonly len: number;
    readonly error: string | null;
    readonly points: readonly ExpectedPoint[] | null;
  }[];
}

/** One point, decoded by the independent decoder. */
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

/** A dump with its expected values. */
export interface SharedDevice {
  readonly name: string;
  readonly dump: DeviceDump;
  readonly expected: Expected;
}

const FOLDER = new URL("../../../../shared/devices/", import.meta.url);

/** The dumps, sorted by name; undefined if the folder is missing. */
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
 * Registers a test that needs the dumps. If they are missing, prints one line instead or,
 * with CI set, registers a test that fails.
 */
export function testWithSharedDevices(
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
      new TextEncoder().encode(`skipped, ../shared/devices is missing: ${name}\n`),
    );
  }
}

/** Not validated: the folder's README specifies the format. */
function readJson<T>(file: string): T {
  return JSON.parse(Deno.readTextFileSync(new URL(file, FOLDER)));
}
