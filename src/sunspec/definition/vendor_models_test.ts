import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { loadDefinition } from "../../../models/index.ts";
import { addVendorModels, type DefinitionFile } from "./vendor_models.ts";

const HEADER = [
  { name: "ID", type: "uint16", size: 1 },
  { name: "L", type: "uint16", size: 1 },
];

function json(id: number, points: readonly unknown[], name = "own"): string {
  return JSON.stringify({ id, group: { name, points: [...HEADER, ...points] } });
}

function file(name: string, text: string, replaces = false): DefinitionFile {
  return { name, text, replaces };
}

async function faultsOf(...files: DefinitionFile[]): Promise<string[]> {
  const added = await addVendorModels(files, loadDefinition);
  ok(!added.ok);
  return added.fault.map(({ place, message }) => `${place} ${message}`);
}

const SMDX = `<sunSpecModels v="1"><model id="64902" len="1" name="own">
  <block len="1"><point id="W" offset="0" type="int16" units="W"/></block>
</model></sunSpecModels>`;

Deno.test("addVendorModels() adds models of either form to the built-in ones", async () => {
  const added = await addVendorModels([
    file("a.json", json(64_901, [{ name: "Tmp", type: "int16", size: 1 }])),
    file("b.xml", SMDX),
  ], loadDefinition);
  ok(added.ok);
  strictEqual((await added.value(64_901))?.group.points[2]?.name, "Tmp");
  strictEqual((await added.value(64_902))?.group.points[2]?.name, "W");
  strictEqual((await added.value(103))?.name, "inverter_three_phase");
  strictEqual(await added.value(64_903), undefined);
});

Deno.test("addVendorModels() states file and place of every fault", async () => {
  const faults = await faultsOf(
    file("a.json", json(64_901, [{ name: "Tmp", type: "int17", size: 1 }])),
    file("b.xml", SMDX.replace("int16", "int17")),
    file("c.json", "{"),
  );
  deepStrictEqual(faults.map((fault) => fault.slice(0, 53)), [
    'a.json, group.points[2].type is "int17"; expected a p',
    'b.xml, line 2, point W, type is "int17"; expected a p',
    "c.json is neither XML nor JSON: Expected property nam",
  ]);
});

Deno.test("addVendorModels() refuses a second definition of an id", async () => {
  deepStrictEqual(
    await faultsOf(file("a.json", json(64_901, [])), file("b.json", json(64_901, []))),
    ["b.json, id is 64901, which a.json also defines"],
  );
});

Deno.test("addVendorModels() replaces a built-in model only on request and only by one with its points", async () => {
  const [unsaid] = await faultsOf(file("a.json", json(303, [])));
  ok(unsaid?.includes("replace/"), unsaid);
  const [poor] = await faultsOf(file("a.json", json(303, []), true));
  ok(
    poor?.includes("missing or have another type: "),
    poor,
  );
  const [idle] = await faultsOf(file("a.json", json(64_901, []), true));
  ok(idle?.includes("not a built-in model"), idle);
});

Deno.test("addVendorModels() prefers a replacement to the built-in model", async () => {
  const TmpBOM = { name: "TmpBOM", type: "int16", size: 1, sf: -2 };
  const text = JSON.stringify({
    id: 303,
    group: {
      name: "mine",
      points: HEADER,
      groups: [{ name: "temp", count: 0, points: [TmpBOM] }],
    },
  });
  const added = await addVendorModels([file("a.json", text, true)], loadDefinition);
  ok(added.ok, JSON.stringify(added));
  strictEqual((await added.value(303))?.group.groups[0]?.points[0]?.scale, -2);
});
