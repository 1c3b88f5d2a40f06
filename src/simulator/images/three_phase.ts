/**
 * A three-phase string inverter of 60 kW with two trackers. Its power has a positive
 * scale factor because 60,000 W does not fit in 16 bits; model 1 has the pad.
 *
 * @module
 */

import { i16, u16, u32, u64 } from "../cell.ts";
import type { ImageLiteral } from "../literal.ts";
import type { InverterPoint } from "../devices/inverter.ts";

/** The image; the notes state the meaning of the registers. */
export const THREE_PHASE_IMAGE: ImageLiteral<InverterPoint> = {
  base: 40000,
  serialTail: 40055,
  unitIdAt: 40068,
  text: `
  5375 6E53                                # "SunS"
  0001 0042                                # model 1 at 40002, L = 66
  4465 6D6F 2053 6F6C 6172 0000*11         # Mn = "Demo Solar"
  4453 2D36 304B 0000*13                   # Md = "DS-60K"
  0000 0000*7                              # Opt = null
  322E 3134 2E33 0000*5                    # Vr = "2.14.3"
  4453 3630 4B2D 3030 3031 0000*11         # SN = "DS60K-0001"
  0001                                     # DA = 1
  8000                                     # pad
  0067 0032                                # model 103 at 40070, L = 50
  06F9 0253 0254 0252 FFFF                 # A = 178.5, AphA = 59.5, AphB = 59.6, AphC = 59.4, A_SF = -1
  0FA1 0FA3 0FA7                           # PPVphAB = 400.1, PPVphBC = 400.3, PPVphCA = 400.7
  0908 0904 090B FFFF                      # PhVphA = 231.2, PhVphB = 230.8, PhVphC = 231.5, V_SF = -1
  101B 0001                                # W = 41230, W_SF = 1
  1389 FFFE                                # Hz = 50.01, Hz_SF = -2
  101D 0001                                # VA = 41250, VA_SF = 1
  FF88 0001                                # VAr = -1200, VAr_SF = 1
  03E7 FFFF                                # PF = 99.9, PF_SF = -1
  0A1B 2C3D 0000                           # WH = 169552957, WH_SF = 0
  02B6 FFFF                                # DCA = 69.4, DCA_SF = -1
  17EC FFFF                                # DCV = 612.4, DCV_SF = -1
  109A 0001                                # DCW = 42500, DCW_SF = 1
  019C 022D 8000 8000 FFFF                 # TmpCab = 41.2, TmpSnk = 55.7, TmpTrns = null, TmpOt = null, Tmp_SF = -1
  0004 FFFF                                # St = 4, StVnd = null
  0000 0000 0000 0000                      # Evt1 = 0, Evt2 = 0
  FFFF FFFF FFFF FFFF                      # EvtVnd1 = null, EvtVnd2 = null
  FFFF FFFF FFFF FFFF                      # EvtVnd3 = null, EvtVnd4 = null
  0078 001A                                # model 120 at 40122, L = 26
  0004                                     # DERTyp = 4
  1770 0001                                # WRtg = 60000, WRtg_SF = 1
  19C8 0001                                # VARtg = 66000, VARtg_SF = 1
  0BB8 8000 8000 F448 0001                 # VArRtgQ1 = 30000, VArRtgQ2 = null, VArRtgQ3 = null, VArRtgQ4 = -30000, VArRtg_SF = 1
  03BD FFFF                                # ARtg = 95.7, ARtg_SF = -1
  0320 8000 8000 FCE0 FFFD                 # PFRtgQ1 = 0.8, PFRtgQ2 = null, PFRtgQ3 = null, PFRtgQ4 = -0.8, PFRtg_SF = -3
  FFFF 8000 FFFF 8000                      # WHRtg = null, WHRtg_SF = null, AhrRtg = null, AhrRtg_SF = null
  FFFF 8000 FFFF 8000                      # MaxChaRte = null, MaxChaRte_SF = null, MaxDisChaRte = null, MaxDisChaRte_SF = null
  8000                                     # pad
  007A 002C                                # model 122 at 40150, L = 44
  0007 0000 0001                           # PVConn = 7, StorConn = 0, ECPConn = 1
  0000 0000 0A1B 2C3D                      # ActWh = 169552957
  0000 0001 2345 6789                      # ActVAh = 4886718345
  0000 0000 0000 04B1                      # ActVArhQ1 = 1201
  0000 0000 0000 004D                      # ActVArhQ2 = 77
  0000 0000 0000 0005                      # ActVArhQ3 = 5
  0000 0000 0000 A001                      # ActVArhQ4 = 40961
  8000 8000                                # VArAval = null, VArAval_SF = null
  FFFF 8000                                # WAval = null, WAval_SF = null
  FFFF FFFF FFFF FFFF                      # StSetLimMsk = null, StActCtl = null
  4E54 5000 0000*2                         # TmSrc = "NTP"
  30E0 A1F0                                # Tms = 820027888
  0000                                     # RtSt = 0
  019F 0004                                # Ris = 4150000, Ris_SF = 4
  00A0 0030                                # model 160 at 40196, L = 48
  FFFF FFFF 0001 0002                      # DCA_SF = -1, DCV_SF = -1, DCW_SF = 1, DCWH_SF = 2
  0000 0000 0002 FFFF                      # Evt = 0, N = 2, TmsPer = null
  0001                                     # module[0]: ID = 1
  4561 7374 0000*6                         # IDStr = "East"
  015D 17F2 085B                           # DCA = 34.9, DCV = 613, DCW = 21390
  000D 4B42 FFFF FFFF                      # DCWH = 87123400, Tms = null
  002E 0004 0000 0000                      # Tmp = 46, DCSt = 4, DCEvt = 0
  0002                                     # module[1]: ID = 2
  5765 7374 0000*6                         # IDStr = "West"
  0159 17E6 083F                           # DCA = 34.5, DCV = 611.8, DCW = 21110
  000D 45EF FFFF FFFF                      # DCWH = 86987100, Tms = null
  002D 0004 0000 0000                      # Tmp = 45, DCSt = 4, DCEvt = 0
  FFFF 0000                                # the end
`,
  cells: {
    A: u16(40072, -1),
    AphA: u16(40073, -1),
    AphB: u16(40074, -1),
    AphC: u16(40075, -1),
    PPVphAB: u16(40077, -1),
    PPVphBC: u16(40078, -1),
    PPVphCA: u16(40079, -1),
    PhVphA: u16(40080, -1),
    PhVphB: u16(40081, -1),
    PhVphC: u16(40082, -1),
    W: i16(40084, 1),
    Hz: u16(40086, -2),
    VA: i16(40088, 1),
    VAr: i16(40090, 1),
    PF: i16(40092, -1),
    WH: u32(40094),
    DCA: u16(40097, -1),
    DCV: u16(40099, -1),
    DCW: i16(40101, 1),
    TmpCab: i16(40103, -1),
    TmpSnk: i16(40104, -1),
    St: u16(40108),
    ActWh: u64(40155),
    "module[0].DCA": u16(40215, -1),
    "module[0].DCV": u16(40216, -1),
    "module[0].DCW": u16(40217, 1),
    "module[0].DCWH": u32(40218, 2),
    "module[0].Tmp": i16(40222),
    "module[0].DCSt": u16(40223),
    "module[1].DCA": u16(40235, -1),
    "module[1].DCV": u16(40236, -1),
    "module[1].DCW": u16(40237, 1),
    "module[1].DCWH": u32(40238, 2),
    "module[1].Tmp": i16(40242),
    "module[1].DCSt": u16(40243),
  },
};
