import { deepStrictEqual, ok, strictEqual, throws } from "node:assert/strict";
import { createFakeClock } from "../../testing/fake_clock.ts";
import type { SimulatedDevice } from "../devices/simulated_device.ts";
import { startPlant } from "./start_plant.ts";

Deno.test("startPlant() releases all ports if one is in use", async () => {
  const { first, holder } = await freeAndTaken();
  const devices = [named("a"), named("b")];
  const clock = createFakeClock({ wallMs: 0 });
  throws(
    () => startPlant({ devices }, clock, { port: first }),
    Deno.errors.AddrInUse,
  );
  await untilRefused(first);
  holder.close();
});

Deno.test("tick() closes and reopens the port of a device with its interface", async () => {
  let up = true;
  const devices = [{ ...named("a"), isUp: () => up }];
  const plant = startPlant({ devices }, createFakeClock({ wallMs: 0 }));
  const [at] = plant.addresses;
  ok(at);
  const { host: hostname, port } = at;
  try {
    plant.tick();
    (await Deno.connect({ hostname, port })).close();
    up = false;
    plant.tick();
    await untilRefused(port);
    up = true;
    plant.tick();
    (await Deno.connect({ hostname, port })).close();
  } finally {
    await plant.close();
  }
});

Deno.test("startPlant() uses one port per gateway and one per other device", async () => {
  const devices = [
    named("a"),
    { ...named("b"), gateway: "g", unitId: 2 },
    { ...named("c"), gateway: "g", unitId: 3 },
  ];
  const plant = startPlant({ devices }, createFakeClock({ wallMs: 0 }));
  try {
    deepStrictEqual(
      plant.addresses.map(({ name, unitIds, devices }) => [name, unitIds, devices]),
      [["a", [1], ["a"]], ["g", [2, 3], ["b", "c"]]],
    );
    strictEqual(new Set(plant.addresses.map(({ port }) => port)).size, 2);
  } finally {
    await plant.close();
  }
});

/** Finds a free port and listens on the next one. */
async function freeAndTaken(): Promise<{ first: number; holder: Deno.Listener }> {
  for (let tries = 0; tries < 50; tries++) {
    const one = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    const first = one.addr.port;
    one.close();
    try {
      const holder = Deno.listen({ hostname: "127.0.0.1", port: first + 1 });
      await untilRefused(first);
      return { first, holder };
    } catch {
      continue; // the next one is in use
    }
  }
  throw new Error("no two consecutive ports are free");
}

/** The runtime releases a closed socket with a delay. */
async function untilRefused(port: number): Promise<void> {
  for (let tries = 0; tries < 200; tries++) {
    try {
      (await Deno.connect({ hostname: "127.0.0.1", port })).close();
    } catch (error) {
      if (error instanceof Deno.errors.ConnectionRefused) return;
    }
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  throw new Error(`somebody listens at ${port}`);
}

function named(name: string): SimulatedDevice {
  return {
    ...{ name, kind: "dump", unitId: 1, gateway: undefined },
    image: { base: 0, registers: Uint16Array.of(1) },
    update() {},
  };
}
