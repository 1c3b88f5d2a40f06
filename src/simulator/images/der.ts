/**
 * A DER of 30 kW with the whole chain of IEEE 1547-2018: models 701 to 714, the
 * curves of 705 to 712 nested up to four levels deep. Its values do not change.
 *
 * @module
 */

import type { ImageLiteral } from "../literal.ts";

/** The image; the notes state the meaning of the registers. */
export const DER_IMAGE: ImageLiteral<never> = {
  base: 0,
  serialTail: 55,
  unitIdAt: 68,
  text: `
  5375 6E53                                    # "SunS"
  0001 0042                                    # model 1 at 2, L = 66
  4465 6D6F 2044 4552 0000*12                  # Mn = "Demo DER"
  4452 2D33 3000 0000*13                       # Md = "DR-30"
  0000*8                                       # Opt = null
  352E 302E 3100 0000*5                        # Vr = "5.0.1"
  4452 3330 2D44 3030 3031 0000*11             # SN = "DR30-D0001"
  0001                                         # DA = 1
  8000                                         # pad
  02BD 0099                                    # model 701 at 70, L = 153
  0002 0001 0003 0001 0000 0000 0000 0001 07F8 # ACType = 2, St = 1, InvSt = 3, ConnSt = 1, Alrm = 0, DERMode = 1, W = 20400
  0802 FFC3 03E7 0376 0FA3 0907 0000 1389      # VA = 20500, Var = -610, PF = 0.999, A = 88.6, LLV = 400.3, LNV = 231.1, Hz = 50.01
  0000 0000 056F 5509 0000 0000 0000 007B      # TotWhInj = 9118234500, TotWhAbs = 12300
  0000 0000 0000 032A 0000 0000 0000 03DE 00F5 # TotVarhInj = 81000, TotVarhAbs = 99000, TmpAmb = 24.5
  0181 01BA 8000 8000 8000 02A8 02AB           # TmpCab = 38.5, TmpSnk = 44.2, TmpTrns = null, TmpSw = null, TmpOt = null, WL1 = 6800, VAL1 = 6830
  FFEC 03E7 0127 0FA2 0908 0000 0000 01CF C703 # VarL1 = -200, PFL1 = 0.999, AL1 = 29.5, VL1L2 = 400.2, VL1 = 231.2, TotWhInjL1 = 3039411500
  FFFF*8                                       # TotWhAbsL1 = null, TotVarhInjL1 = null
  FFFF*4 02A8 02AB FFEB 03E7 0128              # TotVarhAbsL1 = null, WL2 = 6800, VAL2 = 6830, VarL2 = -210, PFL2 = 0.999, AL2 = 29.6
  0FA4 0906 0000 0000 01CF C703                # VL2L3 = 400.4, VL2 = 231, TotWhInjL2 = 3039411500
  FFFF*8                                       # TotWhAbsL2 = null, TotVarhInjL2 = null
  FFFF*4 02A8 02AB FFEC 03E7 0127              # TotVarhAbsL2 = null, WL3 = 6800, VAL3 = 6830, VarL3 = -200, PFL3 = 0.999, AL3 = 29.5
  0FA3 0907 0000 0000 01CF C703                # VL3L1 = 400.3, VL3 = 231.1, TotWhInjL3 = 3039411500
  FFFF*8                                       # TotWhAbsL3 = null, TotVarhInjL3 = null
  FFFF*4 0000 0000 0000 FFFF FFFF              # TotVarhAbsL3 = null, ThrotPct = 0, ThrotSrc = 0, A_SF = -1, V_SF = -1
  FFFE 0001 FFFD 0001 0001 0002 0002 FFFF      # Hz_SF = -2, W_SF = 1, PF_SF = -3, VA_SF = 1, Var_SF = 1, TotWh_SF = 2, TotVarh_SF = 2, Tmp_SF = -1
  6E6F 6E65 0000*30                            # MnAlrmInfo = "none"
  02BE 0032                                    # model 702 at 225, L = 50
  012C FFFF FFFF FFFF                          # WMaxRtg = 30000, WOvrExtRtg = null, WOvrExtRtgPF = null, WUndExtRtg = null
  FFFF 014A 0090 0090                          # WUndExtRtgPF = null, VAMaxRtg = 33000, VarMaxInjRtg = 14400, VarMaxAbsRtg = 14400
  FFFF FFFF FFFF                               # WChaRteMaxRtg = null, WDisChaRteMaxRtg = null, VAChaRteMaxRtg = null
  FFFF 0FA0 11F8 0C80 01DC                     # VADisChaRteMaxRtg = null, VNomRtg = 400, VMaxRtg = 460, VMinRtg = 320, AMaxRtg = 47.6
  0384 0384 FFFF 0001 0002                     # PFOvrExtRtg = 0.9, PFUndExtRtg = 0.9, ReactSusceptRtg = null, NorOpCatRtg = 1, AbnOpCatRtg = 2
  0000 1BFF FFFF 012C FFFF FFFF                # CtrlModes = 7167, IntIslandCatRtg = null, WMax = 30000, WMaxOvrExt = null, WOvrExtPF = null
  FFFF FFFF 014A 0090 0090                     # WMaxUndExt = null, WUndExtPF = null, VAMax = 33000, VarMaxInj = 14400, VarMaxAbs = 14400
  FFFF*4 0FA0                                  # WChaRteMax = null, WDisChaRteMax = null, VAChaRteMax = null, VADisChaRteMax = null, VNom = 400
  11F8 0C80 01DC FFFF FFFF FFFF                # VMax = 460, VMin = 320, AMax = 47.6, PFOvrExt = null, PFUndExt = null, IntIslandCat = null
  0002 FFFD 0002 0002 FFFF FFFF 8000           # W_SF = 2, PF_SF = -3, VA_SF = 2, Var_SF = 2, V_SF = -1, A_SF = -1, S_SF = null
  02BF 0011                                    # model 703 at 277, L = 17
  0001 041A 0395 0000 1392 0000 1356 0000 012C # ES = 1, ESVHi = 105, ESVLo = 91.7, ESHzHi = 50.1, ESHzLo = 49.5, ESDlyTms = 300
  0000 012C 0000 012C 0000 0000 FFFF FFFE      # ESRndTms = 300, ESRmpTms = 300, ESDlyRemTms = 0, V_SF = -1, Hz_SF = -2
  02C0 0041                                    # model 704 at 296, L = 65
  0000 FFFF*5                                  # PFWInjEna = 0, PFWInjEnaRvrt = null, PFWInjRvrtTms = null, PFWInjRvrtRem = null
  FFFF*6                                       # PFWAbsEna = null, PFWAbsEnaRvrt = null, PFWAbsRvrtTms = null, PFWAbsRvrtRem = null
  0000 03E8 FFFF FFFF                          # WMaxLimPctEna = 0, WMaxLimPct = 100, WMaxLimPctRvrt = null, WMaxLimPctEnaRvrt = null
  FFFF*4 0000 FFFF 8000 0000                   # WMaxLimPctRvrtTms = null, WMaxLimPctRvrtRem = null, WSetEna = 0, WSetMod = null, WSet = null
  8000 0000 8000 8000 FFFF FFFF FFFF           # WSetRvrt = null, WSetPct = null, WSetPctRvrt = null, WSetEnaRvrt = null, WSetRvrtTms = null
  FFFF FFFF 0000 0001 0001 8000 0000           # WSetRvrtRem = null, VarSetEna = 0, VarSetMod = 1, VarSetPri = 1, VarSet = null
  8000 0000 0000 8000 FFFF                     # VarSetRvrt = null, VarSetPct = 0, VarSetPctRvrt = null, VarSetEnaRvrt = null
  FFFF*7                                       # VarSetRvrtTms = null, VarSetRvrtRem = null, WRmp = null, WRmpRef = null, VarRmp = null
  0001 FFFD FFFF 0000 FFFF 0000                # AntiIslEna = 1, PF_SF = -3, WMaxLimPct_SF = -1, WSet_SF = 0, WSetPct_SF = -1, VarSet_SF = 0
  FFFF                                         # VarSetPct_SF = -1
  03B6 0000                                    # PFWInj[0]: PF = 0.95, Ext = 0
  FFFF FFFF                                    # PFWInjRvrt[0]: PF = null, Ext = null
  03B6 0001                                    # PFWAbs[0]: PF = 0.95, Ext = 1
  FFFF FFFF                                    # PFWAbsRvrt[0]: PF = null, Ext = null
  02C1 0031                                    # model 705 at 363, L = 49
  0001 0000 0001 0004 0002 FFFF*4              # Ena = 1, AdptCrvReq = 0, AdptCrvRslt = 1, NPt = 4, NCrv = 2, RvrtTms = null, RvrtRem = null
  FFFF*4                                       # RvrtCrv = null, V_SF = -1, DeptRef_SF = -1, RspTms_SF = -1
  0004 0001 0001 03E8 0000 0000 012C           # Crv[0]: ActPt = 4, DeptRef = 1, Pri = 1, VRef = 100, VRefAuto = 0, VRefAutoEna = 0, VRefAutoTms = 300
  0000 0032 0001                               # RspTms = 5, ReadOnly = 1
  0398 01B8                                    # Crv[0].Pt[0]: V = 92, Var = 44
  03D4 0000                                    # Crv[0].Pt[1]: V = 98, Var = 0
  03FC 0000                                    # Crv[0].Pt[2]: V = 102, Var = 0
  0438 FE48                                    # Crv[0].Pt[3]: V = 108, Var = -44
  0004 0001 0001 03E8 0000 0000 012C           # Crv[1]: ActPt = 4, DeptRef = 1, Pri = 1, VRef = 100, VRefAuto = 0, VRefAutoEna = 0, VRefAutoTms = 300
  0000 0064 0000                               # RspTms = 10, ReadOnly = 0
  0384 012C                                    # Crv[1].Pt[0]: V = 90, Var = 30
  03CA 0000                                    # Crv[1].Pt[1]: V = 97, Var = 0
  0406 0000                                    # Crv[1].Pt[2]: V = 103, Var = 0
  044C FED4                                    # Crv[1].Pt[3]: V = 110, Var = -30
  02C2 001F                                    # model 706 at 414, L = 31
  0000 0000 0001 0002 0002 FFFF*4              # Ena = 0, AdptCrvReq = 0, AdptCrvRslt = 1, NPt = 2, NCrv = 2, RvrtTms = null, RvrtRem = null
  FFFF*4                                       # RvrtCrv = null, V_SF = -1, DeptRef_SF = -1, RspTms_SF = -1
  0002 0000 0000 0064 0001                     # Crv[0]: ActPt = 2, DeptRef = 0, RspTms = 10, ReadOnly = 1
  0424 03E8                                    # Crv[0].Pt[0]: V = 106, W = 100
  044C 00C8                                    # Crv[0].Pt[1]: V = 110, W = 20
  0002 0000 0000 0064 0000                     # Crv[1]: ActPt = 2, DeptRef = 0, RspTms = 10, ReadOnly = 0
  0424 03E8                                    # Crv[1].Pt[0]: V = 106, W = 100
  044C 0000                                    # Crv[1].Pt[1]: V = 110, W = 0
  02C3 001D                                    # model 707 at 447, L = 29
  0001 0000 0001 0002 0001 FFFF FFFE           # Ena = 1, AdptCrvReq = 0, AdptCrvRslt = 1, NPt = 2, NCrvSet = 1, V_SF = -1, Tms_SF = -2
  0001                                         # Crv[0]: ReadOnly = 1
  0002                                         # Crv[0].MustTrip[0]: ActPt = 2
  01C2 0000 0010                               # Crv[0].MustTrip[0].Pt[0]: V = 45, Tms = 0.16
  02BC 0000 0514                               # Crv[0].MustTrip[0].Pt[1]: V = 70, Tms = 13
  0002                                         # Crv[0].MayTrip[0]: ActPt = 2
  02BC 0000 0514                               # Crv[0].MayTrip[0].Pt[0]: V = 70, Tms = 13
  02BC 0000 1770                               # Crv[0].MayTrip[0].Pt[1]: V = 70, Tms = 60
  0002                                         # Crv[0].MomCess[0]: ActPt = 2
  01C2 0000 0032                               # Crv[0].MomCess[0].Pt[0]: V = 45, Tms = 0.5
  01C2 0000 0514                               # Crv[0].MomCess[0].Pt[1]: V = 45, Tms = 13
  02C4 001D                                    # model 708 at 478, L = 29
  0001 0000 0001 0002 0001 FFFF FFFE           # Ena = 1, AdptCrvReq = 0, AdptCrvRslt = 1, NPt = 2, NCrvSet = 1, V_SF = -1, Tms_SF = -2
  0001                                         # Crv[0]: ReadOnly = 1
  0002                                         # Crv[0].MustTrip[0]: ActPt = 2
  04B0 0000 0010                               # Crv[0].MustTrip[0].Pt[0]: V = 120, Tms = 0.16
  044C 0000 0514                               # Crv[0].MustTrip[0].Pt[1]: V = 110, Tms = 13
  0002                                         # Crv[0].MayTrip[0]: ActPt = 2
  044C 0000 0514                               # Crv[0].MayTrip[0].Pt[0]: V = 110, Tms = 13
  044C 0000 1770                               # Crv[0].MayTrip[0].Pt[1]: V = 110, Tms = 60
  0002                                         # Crv[0].MomCess[0]: ActPt = 2
  04B0 0000 0032                               # Crv[0].MomCess[0].Pt[0]: V = 120, Tms = 0.5
  04B0 0000 0514                               # Crv[0].MomCess[0].Pt[1]: V = 120, Tms = 13
  02C5 0023                                    # model 709 at 509, L = 35
  0001 0000 0001 0002 0001 FFFE FFFE           # Ena = 1, AdptCrvReq = 0, AdptCrvRslt = 1, NPt = 2, NCrvSet = 1, Hz_SF = -2, Tms_SF = -2
  0001                                         # Crv[0]: ReadOnly = 1
  0002                                         # Crv[0].MustTrip[0]: ActPt = 2
  0000 122A 0000 0010                          # Crv[0].MustTrip[0].Pt[0]: Hz = 46.5, Tms = 0.16
  0000 12F2 0000 0514                          # Crv[0].MustTrip[0].Pt[1]: Hz = 48.5, Tms = 13
  0002                                         # Crv[0].MayTrip[0]: ActPt = 2
  0000 12F2 0000 0514                          # Crv[0].MayTrip[0].Pt[0]: Hz = 48.5, Tms = 13
  0000 12F2 0000 1770                          # Crv[0].MayTrip[0].Pt[1]: Hz = 48.5, Tms = 60
  0002                                         # Crv[0].MomCess[0]: ActPt = 2
  0000 122A 0000 0032                          # Crv[0].MomCess[0].Pt[0]: Hz = 46.5, Tms = 0.5
  0000 122A 0000 0514                          # Crv[0].MomCess[0].Pt[1]: Hz = 46.5, Tms = 13
  02C6 0023                                    # model 710 at 546, L = 35
  0001 0000 0001 0002 0001 FFFE FFFE           # Ena = 1, AdptCrvReq = 0, AdptCrvRslt = 1, NPt = 2, NCrvSet = 1, Hz_SF = -2, Tms_SF = -2
  0001                                         # Crv[0]: ReadOnly = 1
  0002                                         # Crv[0].MustTrip[0]: ActPt = 2
  0000 1450 0000 0010                          # Crv[0].MustTrip[0].Pt[0]: Hz = 52, Tms = 0.16
  0000 1400 0000 0514                          # Crv[0].MustTrip[0].Pt[1]: Hz = 51.2, Tms = 13
  0002                                         # Crv[0].MayTrip[0]: ActPt = 2
  0000 1400 0000 0514                          # Crv[0].MayTrip[0].Pt[0]: Hz = 51.2, Tms = 13
  0000 1400 0000 1770                          # Crv[0].MayTrip[0].Pt[1]: Hz = 51.2, Tms = 60
  0002                                         # Crv[0].MomCess[0]: ActPt = 2
  0000 1450 0000 0032                          # Crv[0].MomCess[0].Pt[0]: Hz = 52, Tms = 0.5
  0000 1450 0000 0514                          # Crv[0].MomCess[0].Pt[1]: Hz = 52, Tms = 13
  02C7 0020                                    # model 711 at 583, L = 32
  0001 0000 0001 0002 FFFF*5                   # Ena = 1, AdptCtlReq = 0, AdptCtlRslt = 1, NCtl = 2, RvrtTms = null, RvrtRem = null, RvrtCtl = null
  FFFD FFFD FFFF                               # Db_SF = -3, K_SF = -3, RspTms_SF = -1
  0000 0024 0000 0024 0032 0032 0000 0032 FF9C # Ctl[0]: DbOf = 0.036, DbUf = 0.036, KOf = 0.05, KUf = 0.05, RspTms = 5, PMin = -100
  0001                                         # ReadOnly = 1
  0000 0064 0000 0064 0028 0028 0000 0064 0000 # Ctl[1]: DbOf = 0.1, DbUf = 0.1, KOf = 0.04, KUf = 0.04, RspTms = 10, PMin = 0
  0000                                         # ReadOnly = 0
  02C8 0016                                    # model 712 at 617, L = 22
  0000 0000 0001 0003 0001 FFFF*4              # Ena = 0, AdptCrvReq = 0, AdptCrvRslt = 1, NPt = 3, NCrv = 1, RvrtTms = null, RvrtRem = null
  FFFF FFFF FFFF                               # RvrtCrv = null, W_SF = -1, DeptRef_SF = -1
  0003 0001 0001 0001                          # Crv[0]: ActPt = 3, DeptRef = 1, Pri = 1, ReadOnly = 1
  00C8 0000                                    # Crv[0].Pt[0]: W = 20, Var = 0
  01F4 0000                                    # Crv[0].Pt[1]: W = 50, Var = 0
  03E8 FE48                                    # Crv[0].Pt[2]: W = 100, Var = -44
  02C9 0007                                    # model 713 at 641, L = 7
  0280 0191 0282 03D0 0000 0002 FFFF           # WHRtg = 64000, WHAvail = 40100, SoC = 64.2, SoH = 97.6, Sta = 0, WH_SF = 2, Pct_SF = -1
  02CA 0044                                    # model 714 at 650, L = 68
  0000 0000 0002 0152 0834 0000 0000 008C 6180 # PrtAlrms = 0, NPrt = 2, DCA = 33.8, DCW = 21000, DCWhInj = 9200000000
  0000*4 FFFF FFFF 0001 0003 0000              # DCWhAbs = 0, DCA_SF = -1, DCV_SF = -1, DCW_SF = 1, DCWH_SF = 3, Tmp_SF = 0
  0000 0001                                    # Prt[0]: PrtTyp = 0, ID = 1
  5056 0000*7                                  # IDStr = "PV"
  0152 1845 0834 0000 0000 008A DAE0           # DCA = 33.8, DCV = 621.3, DCW = 21000, DCWhInj = 9100000000
  0000*4 0029 0001 0000 0000                   # DCWhAbs = 0, Tmp = 41, DCSta = 1, DCAlrm = 0
  0001 0002                                    # Prt[1]: PrtTyp = 1, ID = 2
  4261 7474 6572 7900 0000*4                   # IDStr = "Battery"
  0000 0FE1 0000 0000 0000 0001 86A0           # DCA = 0, DCV = 406.5, DCW = 0, DCWhInj = 100000000
  0000 0000 0001 ADB0 001B 0001 0000 0000      # DCWhAbs = 110000000, Tmp = 27, DCSta = 1, DCAlrm = 0
  FFFF 0000                                    # the end
`,
  cells: {},
};
