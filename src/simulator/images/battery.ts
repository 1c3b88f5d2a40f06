/**
 * A lithium battery of 20.5 kWh with two strings of eight modules (models 802 and
 * 803). A and W are positive while it discharges.
 *
 * @module
 */

import { i16, u16 } from "../cell.ts";
import type { ImageLiteral } from "../literal.ts";
import type { BatteryPoint } from "../devices/battery.ts";

/** The image; the notes state the meaning of the registers. */
export const BATTERY_IMAGE: ImageLiteral<BatteryPoint> = {
  base: 40000,
  serialTail: 40055,
  unitIdAt: 40068,
  text: `
  5375 6E53                                    # "SunS"
  0001 0042                                    # model 1 at 40002, L = 66
  4465 6D6F 2053 746F 7261 6765 0000*10        # Mn = "Demo Storage"
  4442 2D32 3000 0000*13                       # Md = "DB-20"
  4856 0000*7                                  # Opt = "HV"
  332E 322E 3000 0000*5                        # Vr = "3.2.0"
  4442 3230 2D53 3030 3031 0000*11             # SN = "DB20-S0001"
  0001                                         # DA = 1
  8000                                         # pad
  0322 003E                                    # model 802 at 40070, L = 62
  0034 0802 03E8 03E8 0019                     # AHRtg = 52, WHRtg = 20500, WChaRteMax = 10000, WDisChaRteMax = 10000, DisChaRte = 2.5
  03E8 0032 03B6 0064 0271 0177 03CF           # SoCMax = 100, SoCMin = 5, SocRsvMax = 95, SoCRsvMin = 10, SoC = 62.5, DoD = 37.5, SoH = 97.5
  0000 019C 0003 0001 0011 FFFF 0000 0004 0003 # NCyc = 412, ChaSt = 3, LocRemCtl = 1, Hb = 17, CtrlHb = null, AlmRst = 0, Typ = 4, State = 3
  FFFF FFFF FFFF 0000*6                        # StateVnd = null, WarrDt = null, Evt1 = 0, Evt2 = 0, EvtVnd1 = 0
  0000 0000 0F9D 111C 0D20 0D0E 0001 0003      # EvtVnd2 = 0, V = 399.7, VMax = 438, VMin = 336, CellVMax = 3.342, CellVMaxStr = 1, CellVMaxMod = 3
  0CF6 0002 0007 0D03 00F6 0019                # CellVMin = 3.318, CellVMinStr = 2, CellVMinMod = 7, CellVAvg = 3.331, A = 24.6, AChaMax = 25
  0019 03D7 0000 8000 0001 0003 0000           # ADisChaMax = 25, W = 9830, ReqInvState = 0, ReqW = null, SetOp = 1, SetInvState = 3, AHRtg_SF = 0
  0001 0001 FFFF*4                             # WHRtg_SF = 1, WChaDisChaMax_SF = 1, DisChaRte_SF = -1, SoC_SF = -1, DoD_SF = -1, SoH_SF = -1
  FFFF FFFD FFFF 0000 0001                     # V_SF = -1, CellV_SF = -3, A_SF = -1, AMax_SF = 0, W_SF = 1
  0323 005A                                    # model 803 at 40134, L = 90
  0002 0002 0113 0001 0004 00F1                # NStr = 2, NStrCon = 2, ModTmpMax = 27.5, ModTmpMaxStr = 1, ModTmpMaxMod = 4, ModTmpMin = 24.1
  0002 0001 0102 0F9E 0001                     # ModTmpMinStr = 2, ModTmpMinMod = 1, ModTmpAvg = 25.8, StrVMax = 399.8, StrVMaxStr = 1
  0F9C 0002 0F9D 007C 0001 007A                # StrVMin = 399.6, StrVMinStr = 2, StrVAvg = 399.7, StrAMax = 12.4, StrAMaxStr = 1, StrAMin = 12.2
  0002 007B 0000 FFFD FFFF FFFF                # StrAMinStr = 2, StrAAvg = 12.3, NCellBal = 0, CellV_SF = -3, ModTmp_SF = -1, A_SF = -1
  FFFF FFFF FFFF                               # SoH_SF = -1, SoC_SF = -1, V_SF = -1
  0008 0000 0001 0000 0270 03CF 007C           # string[0]: StrNMod = 8, StrSt = 1, StrConFail = 0, StrSoC = 62.4, StrSoH = 97.5, StrA = 12.4
  0D0E 0003 0CF6 0007                          # StrCellVMax = 3.342, StrCellVMaxMod = 3, StrCellVMin = 3.318, StrCellVMinMod = 7
  0D03 0113 0004 00F1                          # StrCellVAvg = 3.331, StrModTmpMax = 27.5, StrModTmpMaxMod = 4, StrModTmpMin = 24.1
  0001 0102 0000 FFFF FFFF 0000 0000           # StrModTmpMinMod = 1, StrModTmpAvg = 25.8, StrDisRsn = 0, StrConSt = null, StrEvt1 = 0
  FFFF*8 8000                                  # StrEvt2 = null, StrEvtVnd1 = null, StrEvtVnd2 = null, StrSetEna = null, StrSetCon = null, pad
  8000                                         # pad
  0008 0000 0001 0000 0272 03CF 007A           # string[1]: StrNMod = 8, StrSt = 1, StrConFail = 0, StrSoC = 62.6, StrSoH = 97.5, StrA = 12.2
  0D0E 0003 0CF6 0007                          # StrCellVMax = 3.342, StrCellVMaxMod = 3, StrCellVMin = 3.318, StrCellVMinMod = 7
  0D03 0113 0004 00F1                          # StrCellVAvg = 3.331, StrModTmpMax = 27.5, StrModTmpMaxMod = 4, StrModTmpMin = 24.1
  0001 0102 0000 FFFF FFFF 0000 0000           # StrModTmpMinMod = 1, StrModTmpAvg = 25.8, StrDisRsn = 0, StrConSt = null, StrEvt1 = 0
  FFFF*8 8000                                  # StrEvt2 = null, StrEvtVnd1 = null, StrEvtVnd2 = null, StrSetEna = null, StrSetCon = null, pad
  8000                                         # pad
  FFFF 0000                                    # the end
`,
  cells: {
    SoC: u16(40081, -1),
    DoD: u16(40082, -1),
    ChaSt: u16(40086),
    Hb: u16(40088),
    V: u16(40104, -1),
    CellVMax: u16(40107, -3),
    CellVMin: u16(40110, -3),
    CellVAvg: u16(40113, -3),
    A: i16(40114, -1),
    W: i16(40117, 1),
    "string[0].StrSoC": u16(40166, -1),
    "string[0].StrA": i16(40168, -1),
    "string[0].StrCellVMax": u16(40169, -3),
    "string[0].StrCellVMin": u16(40171, -3),
    "string[0].StrCellVAvg": u16(40173, -3),
    "string[1].StrSoC": u16(40198, -1),
    "string[1].StrA": i16(40200, -1),
    "string[1].StrCellVMax": u16(40201, -3),
    "string[1].StrCellVMin": u16(40203, -3),
    "string[1].StrCellVAvg": u16(40205, -3),
  },
};
