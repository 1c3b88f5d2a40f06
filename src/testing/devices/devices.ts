/**
 * The project's own test devices: literal registers with the expected values,
 * computed by hand from the SunSpec model tables, without the decoder.
 *
 * @module
 */

/** A device's registers and the values that `read --json` must print. */
export interface LiteralDevice {
  readonly name: string;
  readonly unitId: number;
  readonly base: number;
  /** Starting at `base`; null = exception 2. */
  readonly registers: readonly (number | null)[];
  readonly manufacturer: string;
  readonly model: string;
  readonly serial: string;
  /** In chain order; only the named points are compared. */
  readonly models: readonly LiteralModel[];
}

/** A model of a literal device. */
export interface LiteralModel {
  readonly id: number;
  readonly address: number;
  readonly length: number;
  readonly points: Readonly<Record<string, unknown>>;
}

/** Text in the registers of a point, padded with NUL. */
export function textRegisters(value: string, size: number): number[] {
  const bytes = [...new TextEncoder().encode(value)];
  return Array.from(
    { length: size },
    (_, at) => ((bytes[2 * at] ?? 0) << 8) | (bytes[2 * at + 1] ?? 0),
  );
}

const SUNS = [0x5375, 0x6e53];
const END = [0xffff, 0x0000];

/** deno-fmt-ignore keeps a register list in the layout of the model's table. */
// deno-fmt-ignore
const INVERTER_103 = [
  103, 50,
  // A AphA AphB AphC A_SF: 38.12 12.71 12.70 12.71, -2
  3812, 1271, 1270, 1271, 0xfffe,
  // PPVphAB PPVphBC PPVphCA: absent; PhVphA 230.1 PhVphB 229.8 PhVphC 230.4, V_SF -1
  0xffff, 0xffff, 0xffff, 2301, 2298, 2304, 0xffff,
  // W 8790, W_SF 1 (879 x 10)
  879, 0x0001,
  // Hz 50.02, Hz_SF -2
  5002, 0xfffe,
  // VA 8800, SF 1; VAr -120, SF 1 (-12 x 10); PF -99.9, SF -1 (-999)
  880, 0x0001, 0xfff4, 0x0001, 0xfc19, 0xffff,
  // WH 123456789 (0x075bcd15), WH_SF 0
  0x075b, 0xcd15, 0x0000,
  // DCA absent, DCA_SF absent; DCV 612.3, SF -1; DCW 9010, SF 1
  0xffff, 0x8000, 6123, 0xffff, 901, 0x0001,
  // TmpCab absent, TmpSnk 41.5, TmpTrns absent, TmpOt absent, Tmp_SF -1
  0x8000, 415, 0x8000, 0x8000, 0xffff,
  // St 4 (MPPT), StVnd absent
  4, 0xffff,
  // Evt1 0, Evt2 absent, EvtVnd1 0x00010002, EvtVnd2..4 absent
  0x0000, 0x0000, 0xffff, 0xffff, 0x0001, 0x0002,
  0xffff, 0xffff, 0xffff, 0xffff, 0xffff, 0xffff,
];

// deno-fmt-ignore
const MPPT_160 = [
  160, 48,
  // DCA_SF -2, DCV_SF -1, DCW_SF 0, DCWH_SF 0, Evt 0, N 2, TmsPer absent
  0xfffe, 0xffff, 0x0000, 0x0000, 0x0000, 0x0000, 2, 0xffff,
  // module 1: ID 1, IDStr, DCA 7.35, DCV 612.3, DCW 4500, DCWH 61728394, Tms absent, Tmp 30, DCSt 4, DCEvt 0
  1, ...textRegisters("East", 8), 735, 6123, 4500, 0x03ad, 0xe68a, 0xffff, 0xffff, 30, 4, 0, 0,
  // module 2: DCA 7.37, DCW absent, DCWH 0 (a value), Tmp -5
  2, ...textRegisters("West", 8), 737, 6119, 0xffff, 0x0000, 0x0000, 0xffff, 0xffff, 0xfffb, 4, 0, 0,
];

/** A three-phase inverter with two strings; a vendor model follows them. */
export const INVERTER: LiteralDevice = {
  name: "literal inverter 103+160",
  unitId: 3,
  base: 40_000,
  registers: [
    ...SUNS,
    1,
    66,
    ...textRegisters("Example Works", 16),
    ...textRegisters("EX-10K", 16),
    ...textRegisters("", 8),
    ...textRegisters("1.2.3", 8),
    ...textRegisters("0042-17", 16),
    3,
    0x8000,
    ...INVERTER_103,
    ...MPPT_160,
    64_999,
    2,
    0x1234,
    0x5678,
    ...END,
  ],
  manufacturer: "Example Works",
  model: "EX-10K",
  serial: "0042-17",
  models: [
    {
      id: 1,
      address: 40_002,
      length: 66,
      points: {
        Mn: "Example Works",
        Md: "EX-10K",
        Opt: null,
        Vr: "1.2.3",
        SN: "0042-17",
        DA: 3,
      },
    },
    {
      id: 103,
      address: 40_070,
      length: 50,
      points: {
        A: 38.12,
        AphA: 12.71,
        AphB: 12.7,
        AphC: 12.71,
        A_SF: -2,
        PPVphAB: null,
        PhVphA: 230.1,
        PhVphB: 229.8,
        PhVphC: 230.4,
        W: 8790,
        Hz: 50.02,
        VA: 8800,
        VAr: -120,
        PF: -99.9,
        WH: 123_456_789,
        DCA: null,
        DCV: 612.3,
        DCW: 9010,
        TmpCab: null,
        TmpSnk: 41.5,
        TmpTrns: null,
        TmpOt: null,
        St: 4,
        StVnd: null,
        Evt1: 0,
        Evt2: null,
        EvtVnd1: 0x0001_0002,
        EvtVnd4: null,
      },
    },
    {
      id: 160,
      address: 40_122,
      length: 48,
      points: {
        DCA_SF: -2,
        Evt: 0,
        N: 2,
        TmsPer: null,
        module: [
          {
            ID: 1,
            IDStr: "East",
            DCA: 7.35,
            DCV: 612.3,
            DCW: 4500,
            DCWH: 61_728_394,
            Tms: null,
            Tmp: 30,
            DCSt: 4,
            DCEvt: 0,
          },
          { ID: 2, IDStr: "West", DCA: 7.37, DCV: 611.9, DCW: null, DCWH: 0, Tmp: -5 },
        ],
      },
    },
    { id: 64_999, address: 40_172, length: 2, points: {} },
  ],
};

// deno-fmt-ignore
const METER_203 = [
  203, 105,
  // A 30.5, AphA 10.1 AphB 10.2 AphC 10.2, A_SF -1
  305, 101, 102, 102, 0xffff,
  // PhV 230, per phase 229 230 231, PPV 399, 398 399 400, V_SF 0
  230, 229, 230, 231, 399, 398, 399, 400, 0x0000,
  // Hz 49.98, SF -2
  4998, 0xfffe,
  // W -7000 (-70 x 100), per phase -2300 -2300 -2400, W_SF 2
  0xffba, 0xffe9, 0xffe9, 0xffe8, 0x0002,
  // VA 7100, per phase absent, SF 2
  71, 0x8000, 0x8000, 0x8000, 0x0002,
  // VAR absent, SF absent
  0x8000, 0x8000, 0x8000, 0x8000, 0x8000,
  // PF 0.99, per phase absent, SF -2
  99, 0x8000, 0x8000, 0x8000, 0xfffe,
  // TotWhExp 4294967294 x 10, per phase 0; TotWhImp 1000 x 10, per phase 0; TotWh_SF 1
  0xffff, 0xfffe, 0, 0, 0, 0, 0, 0, 0x0000, 1000, 0, 0, 0, 0, 0, 0, 0x0001,
  // TotVAh*: 0, SF absent
  0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x8000,
  // TotVArh*: 0, SF absent
  0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
  0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x8000,
  // Evt
  0x0000, 0x0004,
];

/** A three-phase meter at base 0 with a common model of 65 registers. */
export const METER: LiteralDevice = {
  name: "literal meter 203",
  unitId: 200,
  base: 0,
  registers: [
    ...SUNS,
    1,
    65,
    ...textRegisters("Example Works", 16),
    ...textRegisters("EM-3", 16),
    ...textRegisters("", 8),
    ...textRegisters("0.9", 8),
    ...textRegisters("M7", 16),
    200,
    ...METER_203,
    ...END,
  ],
  manufacturer: "Example Works",
  model: "EM-3",
  serial: "M7",
  models: [
    { id: 1, address: 2, length: 65, points: { Md: "EM-3", SN: "M7", DA: 200 } },
    {
      id: 203,
      address: 69,
      length: 105,
      points: {
        A: 30.5,
        AphA: 10.1,
        PhV: 230,
        PhVphCA: 400,
        Hz: 49.98,
        W: -7000,
        WphA: -2300,
        WphC: -2400,
        VA: 7100,
        VAphA: null,
        VAR: null,
        PF: 0.99,
        TotWhExp: 42_949_672_940,
        TotWhImp: 10_000,
        TotWhImpPhA: 0,
        TotVAhExp: null,
        Evt: 4,
      },
    },
  ],
};
