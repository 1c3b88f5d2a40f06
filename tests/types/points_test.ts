/** The results of the decoder are typed: a misspelt point does not compile. */

import { ok, strictEqual } from "node:assert/strict";

const ROOT = new URL("../../", import.meta.url);
/** Limit against a hang: the compiler needs a few seconds. */
const CHECK_TIMEOUT_MS = 120_000;

Deno.test("isModel() gives the points of a known model their names and types", async () => {
  const { code, output } = await check(`
    const power: number | null = model.points.W;
    const serial: string | null = common.points.SN;
    const strings = mppt.points.module.map((module) => module.DCW ?? 0);
  `);
  strictEqual(code, 0, output);
});

Deno.test("isModel() lets no misspelt point compile", async () => {
  const { code, output } = await check("const power = model.points.Wat;");
  strictEqual(code, 1, output);
  ok(output.includes("TS2339") || output.includes("TS2551"), output);
  ok(output.includes("Wat"), output);
});

Deno.test("isModel() lets no misspelt point of a group compile", async () => {
  const { code, output } = await check("const volts = mppt.points.module[0]?.DCVolt;");
  strictEqual(code, 1, output);
  ok(output.includes("DCVolt"), output);
});

Deno.test("isModel() lets no point of the wrong type compile", async () => {
  const { code, output } = await check("const power: string = model.points.W;");
  strictEqual(code, 1, output);
  ok(output.includes("TS2322"), output);
});

/** Compiles a snippet in which `model`, `common` and `mppt` are decoded models 103, 1 and 160. */
async function check(snippet: string): Promise<{ code: number; output: string }> {
  const file = await Deno.makeTempFile({ suffix: ".ts" });
  try {
    const decode = new URL("src/sunspec/decode/decode.ts", ROOT).href;
    await Deno.writeTextFile(
      file,
      `import { type DecodedModel, isModel } from "${decode}";
       export function check(model: DecodedModel, common: DecodedModel, mppt: DecodedModel) {
         if (!isModel(model, 103) || !isModel(common, 1) || !isModel(mppt, 160)) return;
         ${snippet}
       }`,
    );
    const { code, stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["check", "--quiet", file],
      env: { NO_COLOR: "1" },
      signal: AbortSignal.timeout(CHECK_TIMEOUT_MS),
    }).output();
    return { code, output: new TextDecoder().decode(stderr) };
  } finally {
    await Deno.remove(file);
  }
}
