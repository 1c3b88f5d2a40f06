import { deepStrictEqual, rejects, strictEqual } from "node:assert/strict";
import { denortFromRelease } from "./denort_release.ts";
import { python, sha256Of } from "./pinned_file.ts";
import type { RuntimePins } from "./runtime_pins.ts";

const TARGET = "x86_64-unknown-linux-gnu";
const CONTENT = new TextEncoder().encode("a denort");

/** Runs `work` with a release host that has one zip, and a folder for the result. */
async function withHost(
  work: (host: string, folder: string, requests: readonly string[]) => Promise<void>,
): Promise<void> {
  const folder = await Deno.makeTempDir();
  await Deno.writeFile(`${folder}/denort`, CONTENT);
  await python([
    ...[
      "-c",
      "import sys, zipfile; zipfile.ZipFile(sys.argv[1], 'w').write(*sys.argv[2:])",
    ],
    ...[`${folder}/denort.zip`, `${folder}/denort`, "denort"],
  ]);
  const zip = await Deno.readFile(`${folder}/denort.zip`);
  const requests: string[] = [];
  const server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => {} },
    (request) => {
      requests.push(new URL(request.url).pathname);
      return requests.at(-1)?.includes(TARGET)
        ? new Response(zip)
        : new Response(null, { status: 404 });
    },
  );
  try {
    await work(`http://127.0.0.1:${server.addr.port}`, folder, requests);
  } finally {
    await server.shutdown();
    await Deno.remove(folder, { recursive: true });
  }
}

function pinsOf(sha256: string | undefined): RuntimePins {
  const denort = { [TARGET]: sha256, "aarch64-unknown-linux-gnu": sha256 };
  return { version: "2.9.8", denort };
}

Deno.test("denortFromRelease() downloads the pinned file once", () =>
  withHost(async (host, folder, requests) => {
    const pins = pinsOf(await sha256Of(CONTENT));
    const path = await denortFromRelease(folder, TARGET, pins, host);
    strictEqual(path, `${folder}/denort-2.9.8-${TARGET}`);
    deepStrictEqual(await Deno.readFile(path), CONTENT);
    strictEqual(await denortFromRelease(folder, TARGET, pins, host), path);
    deepStrictEqual(requests, [`/release/v2.9.8/denort-${TARGET}.zip`]);
  }));

Deno.test("denortFromRelease() rejects a file with another checksum", () =>
  withHost(async (host, folder) => {
    const pins = pinsOf("0".repeat(64));
    await rejects(
      denortFromRelease(folder, TARGET, pins, host),
      /has sha256 .*expected/,
    );
  }));

Deno.test("denortFromRelease() returns undefined without a pin, a file or a host", () =>
  withHost(async (host, folder, requests) => {
    const unknown = pinsOf(undefined);
    strictEqual(await denortFromRelease(folder, TARGET, unknown, host), undefined);
    deepStrictEqual(requests, []);
    const pins = pinsOf("0".repeat(64));
    const arm = "aarch64-unknown-linux-gnu";
    strictEqual(await denortFromRelease(folder, arm, pins, host), undefined);
    const unreachable = "http://127.0.0.1:9";
    strictEqual(await denortFromRelease(folder, TARGET, pins, unreachable), undefined);
  }));
