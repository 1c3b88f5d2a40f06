import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import fc from "fast-check";
import { loadDefinition } from "../../../models/index.ts";
import {
  AC_WIRINGS,
  ACTIVE_CONTROLS,
  APPARENT_POWER_CALCULATIONS,
  CONNECTED_PHASES,
  CONNECTIONS,
  DER_ALARMS,
  DER_INVERTER_STATES,
  DER_MODES,
  DER_STATES,
  DER_TYPES,
  GRID_CONNECTIONS,
  PORT_STATES,
  PORT_TYPES,
  REACTIVE_POWER_ACTIONS,
  RIDE_THROUGHS,
  SETPOINT_LIMITS,
  THROTTLE_SOURCES,
} from "./der_symbols.ts";
import {
  BANK_EVENTS,
  BANK_STATES,
  BATTERY_TYPES,
  CHARGE_SOURCES,
  CHARGE_STATES,
  CONNECTION_FAILURES,
  CONTACTORS,
  CONTROL_MODES,
  DISABLED_REASONS,
  INVERTER_REQUESTS,
  STORAGE_CONTROLS,
  STORAGE_STATUS,
  STRING_EVENTS,
  STRING_STATUS,
} from "./storage_symbols.ts";
import {
  bitSymbols,
  COMBINER_EVENTS,
  INPUT_EVENTS,
  INPUT_STATES,
  INVERTER_EVENTS,
  METER_EVENTS,
  NO_SYMBOLS,
  OPERATING_STATES,
  type Symbols,
} from "./symbols.ts";

const TABLES: readonly (readonly [Symbols, string, readonly number[]])[] = [
  [OPERATING_STATES, "St", [101, 102, 103, 111, 112, 113]],
  [INVERTER_EVENTS, "Evt1", [101, 102, 103, 111, 112, 113]],
  [INPUT_STATES, "DCSt", [160]],
  [INPUT_EVENTS, "DCEvt", [160]],
  [INPUT_EVENTS, "Evt", [160]],
  [METER_EVENTS, "Evt", [201, 202, 203, 204, 211, 212, 213, 214]],
  [AC_WIRINGS, "ACType", [701]],
  [DER_STATES, "St", [701]],
  [DER_INVERTER_STATES, "InvSt", [701]],
  [GRID_CONNECTIONS, "ConnSt", [701]],
  [DER_ALARMS, "Alrm", [701]],
  [DER_MODES, "DERMode", [701]],
  [THROTTLE_SOURCES, "ThrotSrc", [701]],
  [PORT_TYPES, "PrtTyp", [714]],
  [PORT_STATES, "DCSta", [714]],
  [INPUT_EVENTS, "DCAlrm", [714]],
  [DER_TYPES, "DERTyp", [120]],
  [REACTIVE_POWER_ACTIONS, "VArAct", [121]],
  [APPARENT_POWER_CALCULATIONS, "ClcTotVA", [121]],
  [CONNECTED_PHASES, "ConnPh", [121]],
  [CONNECTIONS, "PVConn", [122]],
  [CONNECTIONS, "StorConn", [122]],
  [SETPOINT_LIMITS, "StSetLimMsk", [122]],
  [ACTIVE_CONTROLS, "StActCtl", [122]],
  [RIDE_THROUGHS, "RtSt", [122]],
  [COMBINER_EVENTS, "Evt", [401, 402, 403, 404]],
  [COMBINER_EVENTS, "InEvt", [401, 402, 403, 404]],
  [CHARGE_STATES, "ChaSt", [124, 802]],
  [STORAGE_CONTROLS, "StorCtl_Mod", [124]],
  [CHARGE_SOURCES, "ChaGriSet", [124]],
  [STORAGE_STATUS, "Sta", [713]],
  [BANK_STATES, "State", [802]],
  [CONTROL_MODES, "LocRemCtl", [802]],
  [BATTERY_TYPES, "Typ", [802]],
  [INVERTER_REQUESTS, "ReqInvState", [802]],
  [BANK_EVENTS, "Evt1", [802]],
  [STRING_EVENTS, "StrEvt1", [803]],
  [STRING_EVENTS, "Evt1", [804]],
  [STRING_STATUS, "StrSt", [803]],
  [STRING_STATUS, "St", [804]],
  [CONNECTION_FAILURES, "StrConFail", [803]],
  [CONNECTION_FAILURES, "ConFail", [804]],
  [DISABLED_REASONS, "StrDisRsn", [803]],
  [CONTACTORS, "StrConSt", [803]],
  [CONTACTORS, "ConSt", [804]],
];

Deno.test("symbol tables match SunSpec's definitions, without prefixes, spaces, hyphens and reserved names", async () => {
  for (const [table, point, ids] of TABLES) {
    for (const id of ids) {
      const symbols = await symbolsOf(id, point);
      const named = symbols.filter(([, name]) => !/reserved/i.test(name));
      const normalised = named.map(([number, name]) =>
        [
          number,
          name.replace(/^(gg|M_EVENT_)/, "").replaceAll(/[ -]/g, "_").toUpperCase(),
        ] as const
      );
      deepStrictEqual(new Map(normalised), new Map(table), `${id}.${point}`);
    }
  }
});

Deno.test("bitSymbols() returns one symbol per set bit, lowest bit first", () => {
  fc.assert(fc.property(fc.uniqueArray(fc.nat(63)), (bits) => {
    const value = bits.reduce((sum, bit) => sum + (1n << BigInt(bit)), 0n);
    const names = bits.sort((a, b) => a - b).map((bit) => `bit_${bit}`);
    deepStrictEqual(bitSymbols(NO_SYMBOLS, value), names);
  }));
});

Deno.test("bitSymbols() returns null for a value that is not a bitfield", () => {
  for (const value of [null, -1, 0.5, NaN, Infinity, 2 ** 60]) {
    strictEqual(bitSymbols(NO_SYMBOLS, value), null);
  }
});

async function symbolsOf(id: number, point: string): Promise<[number, string][]> {
  const definition = await loadDefinition(id);
  ok(definition);
  const groups = [definition.group, ...definition.group.groups ?? []];
  const found = groups.flatMap(({ points }) => points).find(({ name }) =>
    name === point
  );
  ok(found?.symbols, `${id}.${point} has no symbols`);
  return Object.entries(found.symbols).map(([number, name]) => [Number(number), name]);
}
