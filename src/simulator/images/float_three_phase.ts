/**
 * A three-phase inverter of 25 kW with float models, at base address 50000. Model 1 has
 * no pad (length 65); one of four trackers is not connected.
 *
 * @module
 */

import { f32, i16, u16, u32 } from "../cell.ts";
import type { ImageLiteral } from "../literal.ts";
import type { InverterPoint } from "../devices/inverter.ts";

/** The image; the notes state the meaning of the registers. */
export const FLOAT_THREE_PHASE_IMAGE: ImageLiteral<InverterPoint> = {
  base: 50000,
  serialTail: 50055,
  unitIdAt: 50068,
  text: `
  5375 6E53                                # "SunS"
  0001 0041                                # model 1 at 50002, L = 65
  4465 6D6F 2053 6F6C 6172 0000*11         # Mn = "Demo Solar"
  4453 2D32 3546 0000*13                   # Md = "DS-25F"
  4574 6865 726E 6574 0000*4               # Opt = "Ethernet"
  312E 302E 3700 0000*5                    # Vr = "1.0.7"
  4453 3235 462D 3030 3031 0000*11         # SN = "DS25F-0001"
  0001                                     # DA = 1
  0071 003C                                # model 113 at 50069, L = 60
  4294 8000                                # A = 74.25
  41C6 0000 41C6 0000 41C6 0000            # AphA = 24.75, AphB = 24.75, AphC = 24.75
  43C8 4000 43C7 E000 43C8 8000            # PPVphAB = 400.5, PPVphBC = 399.75, PPVphCA = 401
  4367 4000 4366 C000 4367 8000            # PhVphA = 231.25, PhVphB = 230.75, PhVphC = 231.5
  4685 9900                                # W = 17100.5
  4248 0000                                # Hz = 50
  4685 CA00                                # VA = 17125
  C467 4000                                # VAr = -925
  42C7 C000                                # PF = 99.875
  4AF7 E881                                # WH = 8123456.5
  41E2 0000 441C 0000 4689 B800            # DCA = 28.25, DCV = 624, DCW = 17628
  421E 0000 424D 0000                      # TmpCab = 39.5, TmpSnk = 51.25
  7FC0 0000 7FC0 0000                      # TmpTrns = null, TmpOt = null
  0004 0000                                # St = 4, StVnd = 0
  0000 0000 0000 0000                      # Evt1 = 0, Evt2 = 0
  FFFF FFFF FFFF FFFF                      # EvtVnd1 = null, EvtVnd2 = null
  FFFF FFFF FFFF FFFF                      # EvtVnd3 = null, EvtVnd4 = null
  0078 001A                                # model 120 at 50131, L = 26
  0004                                     # DERTyp = 4
  0019 0003                                # WRtg = 25000, WRtg_SF = 3
  0113 0002                                # VARtg = 27500, VARtg_SF = 2
  007D 8000 8000 FF83 0002                 # VArRtgQ1 = 12500, VArRtgQ2 = null, VArRtgQ3 = null, VArRtgQ4 = -12500, VArRtg_SF = 2
  0190 FFFF                                # ARtg = 40, ARtg_SF = -1
  0352 8000 8000 FCAE FFFD                 # PFRtgQ1 = 0.85, PFRtgQ2 = null, PFRtgQ3 = null, PFRtgQ4 = -0.85, PFRtg_SF = -3
  FFFF 8000 FFFF 8000                      # WHRtg = null, WHRtg_SF = null, AhrRtg = null, AhrRtg_SF = null
  FFFF 8000 FFFF 8000                      # MaxChaRte = null, MaxChaRte_SF = null, MaxDisChaRte = null, MaxDisChaRte_SF = null
  8000                                     # pad
  00A0 0058                                # model 160 at 50159, L = 88
  FFFE FFFF 0000 0000                      # DCA_SF = -2, DCV_SF = -1, DCW_SF = 0, DCWH_SF = 0
  0000 0000 0004 FFFF                      # Evt = 0, N = 4, TmsPer = null
  0001                                     # module[0]: ID = 1
  526F 6F66 2031 0000*5                    # IDStr = "Roof 1"
  03B1 1863 170C                           # DCA = 9.45, DCV = 624.3, DCW = 5900
  002A BE51 0001 5180                      # DCWH = 2801233, Tms = 86400
  002C 0004 0000 0000                      # Tmp = 44, DCSt = 4, DCEvt = 0
  0002                                     # module[1]: ID = 2
  526F 6F66 2032 0000*5                    # IDStr = "Roof 2"
  03AD 1862 16F2                           # DCA = 9.41, DCV = 624.2, DCW = 5874
  002A 92DE 0001 5180                      # DCWH = 2790110, Tms = 86400
  002C 0004 0000 0000                      # Tmp = 44, DCSt = 4, DCEvt = 0
  0003                                     # module[2]: ID = 3
  526F 6F66 2033 0000*5                    # IDStr = "Roof 3"
  03AB 185A 16DE                           # DCA = 9.39, DCV = 623.4, DCW = 5854
  002A 677C 0001 5180                      # DCWH = 2779004, Tms = 86400
  002B 0004 0000 0000                      # Tmp = 43, DCSt = 4, DCEvt = 0
  0004                                     # module[3]: ID = 4
  0000 0000*7                              # IDStr = null
  FFFF FFFF FFFF                           # DCA = null, DCV = null, DCW = null
  0000 0000 FFFF FFFF                      # DCWH = 0, Tms = null
  8000 0001 0000 0000                      # Tmp = null, DCSt = 1, DCEvt = 0
  FFFF 0000                                # the end
`,
  cells: {
    A: f32(50071),
    AphA: f32(50073),
    AphB: f32(50075),
    AphC: f32(50077),
    PPVphAB: f32(50079),
    PPVphBC: f32(50081),
    PPVphCA: f32(50083),
    PhVphA: f32(50085),
    PhVphB: f32(50087),
    PhVphC: f32(50089),
    W: f32(50091),
    Hz: f32(50093),
    VA: f32(50095),
    VAr: f32(50097),
    PF: f32(50099),
    WH: f32(50101),
    DCA: f32(50103),
    DCV: f32(50105),
    DCW: f32(50107),
    TmpCab: f32(50109),
    TmpSnk: f32(50111),
    St: u16(50117),
    "module[0].DCA": u16(50178, -2),
    "module[0].DCV": u16(50179, -1),
    "module[0].DCW": u16(50180),
    "module[0].DCWH": u32(50181),
    "module[0].Tmp": i16(50185),
    "module[0].DCSt": u16(50186),
    "module[1].DCA": u16(50198, -2),
    "module[1].DCV": u16(50199, -1),
    "module[1].DCW": u16(50200),
    "module[1].DCWH": u32(50201),
    "module[1].Tmp": i16(50205),
    "module[1].DCSt": u16(50206),
    "module[2].DCA": u16(50218, -2),
    "module[2].DCV": u16(50219, -1),
    "module[2].DCW": u16(50220),
    "module[2].DCWH": u32(50221),
    "module[2].Tmp": i16(50225),
    "module[2].DCSt": u16(50226),
  },
};
