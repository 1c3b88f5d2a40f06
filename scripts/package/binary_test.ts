import { deepStrictEqual } from "node:assert/strict";
import { bundleFaults } from "./binary.ts";

const BUNDLE = "// src/base/result.ts\nvar good;\n\n// main.ts\ngood();\n";

Deno.test("bundleFaults() rejects a bundle that contains test support", () => {
  deepStrictEqual(bundleFaults("main.ts", BUNDLE), []);
  deepStrictEqual(
    bundleFaults("main.ts", `// src/testing/devices/shared_devices.ts\n${BUNDLE}`),
    [
      "bundle of main.ts: contains src/testing/devices/shared_devices.ts, which only tests may use",
    ],
  );
});

Deno.test("bundleFaults() rejects a bundle whose modules cannot be recognised", () => {
  deepStrictEqual(bundleFaults("main.ts", "good();\n"), [
    "bundle of main.ts: no module paths found",
  ]);
});
