import { strictEqual } from "node:assert/strict";
import type { Identity } from "../sunspec/identity.ts";
import { createIdRegistry } from "./id_registry.ts";

const SMA: Identity = {
  manufacturer: "SMA",
  model: "SB3.6-1AV-40",
  options: null,
  firmware: "3.10.10.R",
  serial: "3004867530",
};

Deno.test("claim(): an id belongs to the first unit that claims it, until that unit claims another", () => {
  const registry = createIdRegistry();
  registry.reserve("meter", "b:502/1");
  strictEqual(registry.claim("inv", "a:502/1"), undefined);
  strictEqual(registry.claim("inv", "a:502/1"), undefined);
  strictEqual(registry.claim("inv", "a:502/2"), "a:502/1");
  strictEqual(registry.claim("meter", "a:502/2"), "b:502/1");
  strictEqual(registry.claim("inv-2", "a:502/1"), undefined);
  strictEqual(registry.claim("inv", "a:502/2"), undefined);
});

Deno.test("duplicateOf(): a unit with the manufacturer, model and serial of another is its duplicate", () => {
  const registry = createIdRegistry();
  strictEqual(registry.duplicateOf(SMA, "a:502/1"), undefined);
  registry.setIdentity(SMA, "a:502/1");
  strictEqual(registry.duplicateOf(SMA, "a:502/1"), undefined);
  strictEqual(registry.duplicateOf({ ...SMA, firmware: "4" }, "a:502/2"), "a:502/1");
  strictEqual(registry.duplicateOf({ ...SMA, serial: null }, "a:502/3"), undefined);
  strictEqual(registry.duplicateOf({ ...SMA, serial: "5" }, "a:502/3"), undefined);
  registry.setIdentity({ ...SMA, serial: "0000" }, "a:502/4");
  strictEqual(registry.duplicateOf({ ...SMA, serial: "0000" }, "a:502/5"), undefined);
  registry.setIdentity(null, "a:502/1");
  strictEqual(registry.duplicateOf(SMA, "a:502/2"), undefined);
});
