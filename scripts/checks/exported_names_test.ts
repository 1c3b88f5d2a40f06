import { deepStrictEqual, match } from "node:assert/strict";
import { duplicateFaults, exportedNames } from "./exported_names.ts";

Deno.test("exportedNames() lists declarations and export lists, not re-exports", () => {
  const code = `
export interface A {}
export type B = string;
export const C = 1;
export async function d(): Promise<void> {}
export function* e() {}
export abstract class F {}
const g = 1, h = 2;
export { g, h as i, type j };
export { k } from "./k.ts";
  export const nested = 1;
`;
  deepStrictEqual([...exportedNames(code)], [..."ABCdeFgij"]);
});

Deno.test("exportedNames() counts a type and a value of one name once", () => {
  deepStrictEqual(
    [...exportedNames("export type A = string;\nexport const A = 1;\n")],
    ["A"],
  );
});

Deno.test("duplicateFaults() reports a name that two files declare, unless it may be shared", () => {
  const sources = new Map([
    ["a.ts", "export const x = 1;\n"],
    ["b.ts", "export type x = 1;\nexport const y = 1;\n"],
  ]);
  match(duplicateFaults(sources, {}).join(), /^x is exported by a\.ts and b\.ts/);
  deepStrictEqual(duplicateFaults(sources, { x: "reason" }), []);
  match(
    duplicateFaults(sources, { x: "reason", y: "reason" }).join(),
    /^y is in SHARED_NAMES but has one meaning/,
  );
});
