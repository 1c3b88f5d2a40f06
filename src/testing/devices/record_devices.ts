/**
 * Devices of every normalised kind as literal registers, with the expected records
 * computed by hand from the SunSpec model tables, without the decoder.
 *
 * @module
 */

import { textRegisters } from "./devices.ts";

/** A device's registers and its records. */
export interface RecordDevice {
  readonly name: string;
  readonly unitId: number;
  readonly base: number;
  readonly registers: readonly number[];
  readonly records: readonly ExpectedRecord[];
}

/** A record; only the named fields are compared. */
export interface ExpectedRecord {
  readonly type: string;
  /** Suffix of the device's id. */
  readonly suffix: string;
  readonly fields: Readonly<Record<string, unknown>>;
  /** None if absent. */
  readonly flags?: readonly string[];
}

// deno-fmt-ignore
const BATTERY_MODELS = [
  // model 124
  124, 24,
  // WChaMax WChaGra WDisChaGra StorCtl_Mod VAChaMax MinRsvPct ChaState StorAval InBatV ChaSt OutWRte InWRte
  5000, 100, 100, 2, 0xffff, 20, 499, 0xffff, 512, 3, 0x8000, 0x8000,
  // InOutWRte_WinTms InOutWRte_RvrtTms InOutWRte_RmpTms ChaGriSet WChaMax_SF WChaDisChaGra_SF VAChaMax_SF MinRsvPct_SF ChaState_SF StorAval_SF InBatV_SF InOutWRte_SF
  0xffff, 0xffff, 0xffff, 1, 0, 0, 0x8000, 0, 0xffff, 0x8000, 0xffff, 0x8000,
  // model 802
  802, 62,
  // AHRtg WHRtg WChaRteMax WDisChaRteMax DisChaRte SoCMax SoCMin SocRsvMax SoCRsvMin SoC DoD SoH
  200, 102, 50, 60, 0xffff, 0xffff, 0xffff, 0xffff, 0xffff, 503, 0xffff, 98,
  // NCyc ChaSt LocRemCtl Hb CtrlHb AlmRst Typ State StateVnd WarrDt
  1, 4464, 3, 0, 77, 0xffff, 0, 4, 3, 0xffff, 0, 0x2710,
  // Evt1 Evt2 EvtVnd1 EvtVnd2 V VMax VMin CellVMax
  64, 2, 0, 0, 0, 5, 0, 0, 5120, 0xffff, 0xffff, 3412,
  // CellVMaxStr CellVMaxMod CellVMin CellVMinStr CellVMinMod CellVAvg A AChaMax ADisChaMax W ReqInvState ReqW
  1, 3, 3378, 0xffff, 0xffff, 0xffff, 0xff03, 100, 120, 0xfaf1, 0xffff, 0x8000,
  // SetOp SetInvState AHRtg_SF WHRtg_SF WChaDisChaMax_SF DisChaRte_SF SoC_SF DoD_SF SoH_SF V_SF CellV_SF A_SF
  1, 3, 0, 2, 2, 0x8000, 0xffff, 0x8000, 0, 0xffff, 0xfffd, 0xffff,
  // AMax_SF W_SF
  0, 1,
  // model 803
  803, 90,
  // NStr NStrCon ModTmpMax ModTmpMaxStr ModTmpMaxMod ModTmpMin ModTmpMinStr ModTmpMinMod ModTmpAvg StrVMax StrVMaxStr StrVMin
  2, 1, 315, 2, 0xffff, 0xfff4, 0xffff, 0xffff, 0x8000, 5125, 0xffff, 0xffff,
  // StrVMinStr StrVAvg StrAMax StrAMaxStr StrAMin StrAMinStr StrAAvg NCellBal CellV_SF ModTmp_SF A_SF SoH_SF
  0xffff, 0xffff, 0x8000, 0xffff, 0xff74, 0xffff, 0x8000, 0xffff, 0xfffd, 0xffff, 0xffff, 0x8000,
  // SoC_SF V_SF
  0xffff, 0xffff,
  // string 0
  // StrNMod StrSt StrConFail StrSoC StrSoH StrA StrCellVMax StrCellVMaxMod StrCellVMin StrCellVMinMod StrCellVAvg
  2, 0, 3, 0, 510, 0xffff, 0xff8f, 3412, 0xffff, 3401, 0xffff, 3405,
  // StrModTmpMax StrModTmpMaxMod StrModTmpMin StrModTmpMinMod StrModTmpAvg StrDisRsn StrConSt StrEvt1 StrEvt2
  300, 0xffff, 290, 0xffff, 295, 0xffff, 0, 1, 0, 0, 0xffff, 0xffff,
  // StrEvtVnd1 StrEvtVnd2 StrSetEna StrSetCon Pad1 Pad2
  0xffff, 0xffff, 0xffff, 0xffff, 0xffff, 0xffff, 0x8000, 0x8000,
  // string 1
  // StrNMod StrSt StrConFail StrSoC StrSoH StrA StrCellVMax StrCellVMaxMod StrCellVMin StrCellVMinMod StrCellVAvg
  2, 0, 1, 17, 496, 0xffff, 0xff74, 3399, 0xffff, 3378, 0xffff, 3390,
  // StrModTmpMax StrModTmpMaxMod StrModTmpMin StrModTmpMinMod StrModTmpAvg StrDisRsn StrConSt StrEvt1 StrEvt2
  315, 0xffff, 0xfff4, 0xffff, 200, 2, 0xffff, 0xffff, 0, 2, 0xffff, 0xffff,
  // StrEvtVnd1 StrEvtVnd2 StrSetEna StrSetCon Pad1 Pad2
  0xffff, 0xffff, 0xffff, 0xffff, 0xffff, 0xffff, 0x8000, 0x8000,
  // model 804
  804, 78,
  // Idx NMod St ConFail NCellBal SoC DoD NCyc SoH A
  2, 2, 0, 1, 0xffff, 0xffff, 490, 0xffff, 1, 5464, 0xffff, 0xff74,
  // V CellVMax CellVMaxMod CellVMin CellVMinMod CellVAvg ModTmpMax ModTmpMaxMod ModTmpMin ModTmpMinMod ModTmpAvg Pad1
  5110, 3399, 0xffff, 0xffff, 0xffff, 0xffff, 0x8000, 0xffff, 0x8000, 0xffff, 0x8000, 0x8000,
  // ConSt Evt1 Evt2 EvtVnd1 EvtVnd2 SetEna SetCon
  0xffff, 0xffff, 0xffff, 0xffff, 0xffff, 0xffff, 0xffff, 0xffff, 0xffff, 0xffff, 0xffff, 0xffff,
  // SoC_SF SoH_SF DoD_SF A_SF V_SF CellV_SF ModTmp_SF Pad2 Pad3 Pad4
  0xffff, 0x8000, 0x8000, 0xffff, 0xffff, 0xfffd, 0xffff, 0x8000, 0x8000, 0x8000,
  // lithium_ion_string_module 0
  // ModNCell ModSoC ModSoH ModCellVMax ModCellVMaxCell ModCellVMin ModCellVMinCell ModCellVAvg ModCellTmpMax ModCellTmpMaxCell ModCellTmpMin ModCellTmpMinCell
  16, 495, 0xffff, 3399, 7, 3380, 0xffff, 3390, 315, 0xffff, 150, 0xffff,
  // ModCellTmpAvg Pad5 Pad6 Pad7
  200, 0x8000, 0x8000, 0x8000,
  // lithium_ion_string_module 1
  // ModNCell ModSoC ModSoH ModCellVMax ModCellVMaxCell ModCellVMin ModCellVMinCell ModCellVAvg ModCellTmpMax ModCellTmpMaxCell ModCellTmpMin ModCellTmpMinCell
  16, 0xffff, 0xffff, 3398, 0xffff, 3378, 0xffff, 3388, 0xffff, 0xffff, 0xfff4, 0xffff,
  // ModCellTmpAvg Pad5 Pad6 Pad7
  0xfffb, 0x8000, 0x8000, 0x8000,
];

// deno-fmt-ignore
const WEATHER_MODELS = [
  // model 307
  307, 11,
  // TmpAmb RH Pres WndSpd WndDir Rain Snw PPT ElecFld SurWet SoilWet
  0xffcb, 81, 987, 4, 270, 0, 0x8000, 71, 0x8000, 0x8000, 0x8000,
  // model 302
  302, 10,
  // repeating 0
  // GHI POAI DFI DNI OTI
  612, 804, 0xffff, 701, 0xffff,
  // repeating 1
  // GHI POAI DFI DNI OTI
  610, 0xffff, 0xffff, 0xffff, 0xffff,
  // model 303
  303, 2,
  // temp 0
  // TmpBOM
  341,
  // temp 1
  // TmpBOM
  0xfffc,
  // model 304
  304, 6,
  // incl 0
  // Inclx Incly Inclz
  0xffff, 0xfa0b, 0, 12, 0x8000, 0,
  // model 305
  305, 36,
  // Tm Date Loc
  0x3130, 0x3135, 0x3330, 0x2e32, 0x3530, 0x5a00, 0x3230, 0x3236, 0x3037, 0x3134, 0x526f, 0x6f66, 8243, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
  // Lat Long Alt
  0xebd1, 0xdd60, 0x5a21, 0x9f8a, 0, 58,
  // model 306
  306, 4,
  // GHI A V Tmp
  600, 8, 31, 25,
  // model 308
  308, 4,
  // GHI TmpBOM TmpAmb WndSpd
  615, 338, 0xffcd, 5,
];

// deno-fmt-ignore
const COMBINER_MODELS = [
  // model 404
  404, 53,
  // DCA_SF DCAhr_SF DCV_SF DCW_SF DCWh_SF DCAMax N Evt EvtVnd DCA
  0xffff, 0, 0, 1, 2, 2500, 2, 0, 128, 0, 4, 183,
  // DCAhr DCV Tmp DCW DCPR DCWh InDCA_SF InDCAhr_SF InDCV_SF InDCW_SF
  1, 0xe240, 0xfd9c, 38, 1120, 82, 1, 4464, 0xfffe, 0, 0, 0,
  // InDCWh_SF
  1,
  // string 0
  // InID InEvt InEvtVnd InDCA InDCAhr InDCV InDCW InDCWh
  1, 0, 0, 0xffff, 0xffff, 915, 0, 0xee48, 612, 5600, 5, 0x5730,
  // InDCPR InN
  83, 20,
  // string 1
  // InID InEvt InEvtVnd InDCA InDCAhr InDCV InDCW InDCWh
  2, 4, 256, 0, 1, 0xfffd, 0, 0, 0x8000, 0x8000, 0, 0,
  // InDCPR InN
  0xffff, 0xffff,
];

// deno-fmt-ignore
const DER_MODELS = [
  // model 120
  120, 26,
  // DERTyp WRtg WRtg_SF VARtg VARtg_SF VArRtgQ1 VArRtgQ2 VArRtgQ3 VArRtgQ4 VArRtg_SF ARtg ARtg_SF
  82, 100, 2, 110, 2, 44, 0x8000, 0x8000, 0xffd4, 2, 160, 0xffff,
  // PFRtgQ1 PFRtgQ2 PFRtgQ3 PFRtgQ4 PFRtg_SF WHRtg WHRtg_SF AhrRtg AhrRtg_SF MaxChaRte MaxChaRte_SF MaxDisChaRte
  800, 0x8000, 0x8000, 0xfce0, 0xfffd, 102, 2, 0xffff, 0x8000, 50, 2, 60,
  // MaxDisChaRte_SF Pad
  2, 0x8000,
  // model 121
  121, 30,
  // WMax VRef VRefOfs VMax VMin VAMax VArMaxQ1 VArMaxQ2 VArMaxQ3 VArMaxQ4 WGra PFMinQ1
  90, 230, 0xfffe, 0xffff, 0xffff, 0xffff, 0x8000, 0x8000, 0x8000, 0x8000, 0xffff, 0x8000,
  // PFMinQ2 PFMinQ3 PFMinQ4 VArAct ClcTotVA MaxRmpRte ECPNomHz ConnPh WMax_SF VRef_SF VRefOfs_SF VMinMax_SF
  0x8000, 0x8000, 0x8000, 0xffff, 1, 0xffff, 0xffff, 9, 2, 0, 0, 0x8000,
  // VAMax_SF VArMax_SF WGra_SF PFMin_SF MaxRmpRte_SF ECPNomHz_SF
  0x8000, 0x8000, 0x8000, 0x8000, 0x8000, 0x8000,
  // model 122
  122, 44,
  // PVConn StorConn ECPConn ActWh ActVAh ActVArhQ1
  7, 5, 1, 0, 1, 0x2a05, 0xf200, 0, 0, 0, 0, 0, 0, 0, 0,
  // ActVArhQ2 ActVArhQ3 ActVArhQ4
  0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
  // VArAval VArAval_SF WAval WAval_SF StSetLimMsk StActCtl TmSrc
  0x8000, 0x8000, 73, 2, 0xffff, 0xffff, 0, 4100, 0x4e54, 0x5000, 0, 0,
  // Tms RtSt Ris Ris_SF
  0x31e3, 0x9b40, 0xffff, 433, 3,
  // model 701
  701, 153,
  // ACType St InvSt ConnSt Alrm DERMode W VA Var PF
  2, 1, 4, 1, 1, 128, 0, 1, 0xfec0, 335, 0xff9e, 0xfc45,
  // A LLV LNV Hz TotWhInj TotWhAbs
  47, 0xffff, 2301, 0, 0xc343, 32, 0, 0, 3, 0, 0, 0, 1234,
  // TotVarhInj TotVarhAbs TmpAmb TmpCab TmpSnk TmpTrns
  0xffff, 0xffff, 0xffff, 0xffff, 0xffff, 0xffff, 0xffff, 0xffff, 0x8000, 412, 0x8000, 0x8000,
  // TmpSw TmpOt WL1 VAL1 VarL1 PFL1 AL1 VL1L2 VL1 TotWhInjL1
  655, 0x8000, 0xff92, 0x8000, 0x8000, 0xfc4a, 16, 3984, 2300, 0xffff, 0xffff, 0xffff, 0xffff,
  // TotWhAbsL1 TotVarhInjL1 TotVarhAbsL1
  0xffff, 0xffff, 0xffff, 0xffff, 0xffff, 0xffff, 0xffff, 0xffff, 0xffff, 0xffff, 0xffff, 0xffff,
  // WL2 VAL2 VarL2 PFL2 AL2 VL2L3 VL2 TotWhInjL2 TotWhAbsL2
  0x8000, 0x8000, 0x8000, 0x8000, 0x8000, 0xffff, 0xffff, 0xffff, 0xffff, 0xffff, 0xffff, 0xffff, 0xffff, 0xffff, 0xffff,
  // TotVarhInjL2 TotVarhAbsL2 WL3 VAL3 VarL3 PFL3
  0xffff, 0xffff, 0xffff, 0xffff, 0xffff, 0xffff, 0xffff, 0xffff, 0x8000, 0x8000, 0x8000, 0x8000,
  // AL3 VL3L1 VL3 TotWhInjL3 TotWhAbsL3 TotVarhInjL3
  0x8000, 0xffff, 0xffff, 0xffff, 0xffff, 0xffff, 0xffff, 0xffff, 0xffff, 0xffff, 0xffff, 0xffff, 0xffff, 0xffff, 0xffff,
  // TotVarhAbsL3 ThrotPct ThrotSrc A_SF V_SF Hz_SF W_SF PF_SF
  0xffff, 0xffff, 0xffff, 0xffff, 35, 0, 1024, 0xffff, 0xffff, 0xfffd, 1, 0xfffd,
  // VA_SF Var_SF TotWh_SF TotVarh_SF Tmp_SF MnAlrmInfo
  1, 1, 0, 0x8000, 0xffff, 0x4661, 0x6e20, 0x3200, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
  // model 713
  713, 7,
  // WHRtg WHAvail SoC SoH Sta WH_SF Pct_SF
  102, 51, 5050, 990, 1, 2, 0xfffe,
  // model 714
  714, 68,
  // PrtAlrms NPrt DCA DCW DCWhInj DCWhAbs
  0, 2, 2, 61, 300, 0, 0, 1, 0x57c0, 0xffff, 0xffff, 0xffff, 0xffff,
  // DCA_SF DCV_SF DCW_SF DCWH_SF Tmp_SF
  0xffff, 0xffff, 1, 0, 0,
  // Prt 0
  // PrtTyp ID IDStr DCA DCV
  0, 1, 0x5056, 0, 0, 0, 0, 0, 0, 0, 112, 6501,
  // DCW DCWhInj DCWhAbs Tmp DCSta DCAlrm
  728, 0, 0, 1, 0x2cc8, 0xffff, 0xffff, 0xffff, 0xffff, 41, 1, 0, 0,
  // Prt 1
  // PrtTyp ID IDStr DCA DCV
  1, 2, 0x4261, 0x7474, 0x6572, 0x7900, 0, 0, 0, 0, 0xffcd, 5120,
  // DCW DCWhInj DCWhAbs Tmp DCSta DCAlrm
  0xfe54, 0, 0, 0, 0x2af8, 0, 0, 0, 0x30d4, 0x8000, 2, 0, 128,
];

// deno-fmt-ignore
const METER_MODELS = [
  // model 213
  213, 124,
  // A AphA AphB AphC PhV PhVphA
  0x41f4, 0, 0x4124, 0, 0x7fc0, 0, 0x7fc0, 0, 0x7fc0, 0, 0x7fc0, 0,
  // PhVphB PhVphC PPV PPVphAB PPVphBC PPVphCA
  0x7fc0, 0, 0x4367, 0, 0x43c7, 0xc000, 0x43c7, 0x6000, 0x7fc0, 0, 0x7fc0, 0,
  // Hz W WphA WphB WphC VA
  0x4247, 0xe000, 0xc5da, 0xc000, 0x7fc0, 0, 0xc50f, 0xc800, 0x7fc0, 0, 0x7fc0, 0,
  // VAphA VAphB VAphC VAR VARphA VARphB
  0x7fc0, 0, 0x7fc0, 0, 0x7fc0, 0, 0x42fa, 0, 0x7fc0, 0, 0x7fc0, 0,
  // VARphC PF PFphA PFphB PFphC TotWhExp
  0x7fc0, 0, 0x3f7c, 0, 0xbf00, 0, 0x7fc0, 0, 0x7fc0, 0, 0x4b80, 0,
  // TotWhExpPhA TotWhExpPhB TotWhExpPhC TotWhImp TotWhImpPhA TotWhImpPhB
  0x7fc0, 0, 0x7fc0, 0, 0x7fc0, 0, 0x4480, 0, 0x7fc0, 0, 0x7fc0, 0,
  // TotWhImpPhC TotVAhExp TotVAhExpPhA TotVAhExpPhB TotVAhExpPhC TotVAhImp
  0x7fc0, 0, 0x7fc0, 0, 0x7fc0, 0, 0x7fc0, 0, 0x7fc0, 0, 0x7fc0, 0,
  // TotVAhImpPhA TotVAhImpPhB TotVAhImpPhC TotVArhImpQ1 TotVArhImpQ1phA TotVArhImpQ1phB
  0x7fc0, 0, 0x7fc0, 0, 0x7fc0, 0, 0x7fc0, 0, 0x7fc0, 0, 0x7fc0, 0,
  // TotVArhImpQ1phC TotVArhImpQ2 TotVArhImpQ2phA TotVArhImpQ2phB TotVArhImpQ2phC TotVArhExpQ3
  0x4140, 0, 0x7fc0, 0, 0x7fc0, 0, 0x7fc0, 0, 0x7fc0, 0, 0x7fc0, 0,
  // TotVArhExpQ3phA TotVArhExpQ3phB TotVArhExpQ3phC TotVArhExpQ4 TotVArhExpQ4phA TotVArhExpQ4phB
  0x7fc0, 0, 0x7fc0, 0, 0x7fc0, 0, 0x7fc0, 0, 0x7fc0, 0, 0x7fc0, 0,
  // TotVArhExpQ4phC Evt
  0x7fc0, 0, 1, 32,
  // model 201
  201, 105,
  // A AphA AphB AphC A_SF PhV PhVphA PhVphB PhVphC PPV PPVphAB PPVphBC
  51, 51, 0x8000, 0x8000, 0xffff, 230, 230, 0x8000, 0x8000, 0x8000, 0x8000, 0x8000,
  // PPVphCA V_SF Hz Hz_SF W WphA WphB WphC W_SF VA VAphA VAphB
  0x8000, 0, 5001, 0xfffe, 1150, 0x8000, 0x8000, 0x8000, 0, 0x8000, 0x8000, 0x8000,
  // VAphC VA_SF VAR VARphA VARphB VARphC VAR_SF PF PFphA PFphB PFphC PF_SF
  0x8000, 0x8000, 0x8000, 0x8000, 0x8000, 0x8000, 0x8000, 0xff9e, 0x8000, 0x8000, 0x8000, 0,
  // TotWhExp TotWhExpPhA TotWhExpPhB TotWhExpPhC TotWhImp TotWhImpPhA
  0, 5, 0, 0, 0, 0, 0, 0, 1, 4464, 0, 0,
  // TotWhImpPhB TotWhImpPhC TotWh_SF TotVAhExp TotVAhExpPhA TotVAhExpPhB TotVAhExpPhC
  0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0,
  // TotVAhImp TotVAhImpPhA TotVAhImpPhB TotVAhImpPhC TotVAh_SF TotVArhImpQ1 TotVArhImpQ1PhA
  0, 0, 0, 0, 0, 0, 0, 0, 0x8000, 0, 0, 0, 0,
  // TotVArhImpQ1PhB TotVArhImpQ1PhC TotVArhImpQ2 TotVArhImpQ2PhA TotVArhImpQ2PhB TotVArhImpQ2PhC
  0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
  // TotVArhExpQ3 TotVArhExpQ3PhA TotVArhExpQ3PhB TotVArhExpQ3PhC TotVArhExpQ4 TotVArhExpQ4PhA
  0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
  // TotVArhExpQ4PhB TotVArhExpQ4PhC TotVArh_SF Evt
  0, 0, 0, 0, 0x8000, 0, 4,
];

/** The marker and model 1 (66 registers) with these texts. */
function head(model: string): number[] {
  return [
    0x5375,
    0x6e53,
    1,
    66,
    ...textRegisters("Example Works", 16),
    ...textRegisters(model, 16),
    ...textRegisters("", 8),
    ...textRegisters("2.0", 8),
    ...textRegisters(`${model}-1`, 16),
    1,
    0x8000,
  ];
}

const END = [0xffff, 0];

/** A lithium-ion battery: 124, 802, 803 with two strings, 804 for the second of them. */
export const BATTERY: RecordDevice = {
  name: "battery",
  unitId: 41,
  base: 40_000,
  registers: [...head("Bank"), ...BATTERY_MODELS, ...END],
  records: [{
    type: "NormalizedStorageData",
    suffix: "",
    fields: {
      sunspec_model_ids: [124, 802, 803, 804],
      soc_pct: 50.3, // 802, not the 49.9 of 124
      soh_pct: 98,
      dod_pct: null,
      dc_voltage_v: 512,
      internal_voltage_v: 51.2,
      dc_current_a: -25.3,
      dc_power_w: -12_950,
      energy_rating_wh: 10_200,
      charge_rating_ah: 200,
      charge_state: "DISCHARGING",
      charge_state_code: 3,
      state: "CONNECTED",
      control_mode: "REMOTE",
      battery_type: "LITHIUM_ION",
      cycles: 70_000,
      warranty_end_days: 10_000,
      events: ["OVER_TEMP_ALARM", "GROUND_FAULT"],
      vendor_events_1: ["bit_0", "bit_2"],
      max_charge_power_w: 5_000,
      max_discharge_power_w: 6_000,
      max_charge_current_a: 100,
      cell_voltage_max_v: 3.412,
      cell_voltage_max_string: 1,
      cell_voltage_max_module: 3,
      cell_voltage_min_v: 3.378,
      string_count: 2,
      connected_string_count: 1,
      module_temp_max_c: 31.5,
      module_temp_max_string: 2,
      module_temp_min_c: -1.2,
      string_voltage_max_v: 512.5,
      string_current_min_a: -14,
      control: {
        modes: ["DISCHARGE"],
        charge_power_limit_w: 5_000,
        charge_ramp_pct_per_s: 100,
        min_reserve_pct: 20,
        charge_rate_pct: null,
        charge_source: "GRID",
      },
      strings: [{
        index: 1,
        module_count: 2,
        soc_pct: 51,
        dc_current_a: -11.3,
        dc_voltage_v: null,
        status: ["STRING_ENABLED", "CONTACTOR_STATUS"],
        connection_failure: "NO_FAILURE",
        contactors: ["CONTACTOR_0"],
        module_temp_avg_c: 29.5,
        events: [],
        modules: null,
      }, {
        index: 2,
        soc_pct: 49.6, // 803, not the 49 of 804
        status: ["STRING_ENABLED"],
        connection_failure: "UNKNOWN(17)",
        disabled_reason: "MAINTENANCE",
        events: ["OVER_TEMP_ALARM"],
        cycles: 71_000,
        dc_voltage_v: 511,
        modules: [
          {
            index: 1,
            cell_count: 16,
            soc_pct: 49.5,
            cell_voltage_max_v: 3.399,
            cell_voltage_max_cell: 7,
            cell_temp_max_c: 31.5,
          },
          { index: 2, soc_pct: null, cell_voltage_min_v: 3.378, cell_temp_max_c: -0.1 },
        ],
      }],
    },
  }],
};

/** A weather station with every model of its kind, at base 0. */
export const WEATHER: RecordDevice = {
  name: "weather",
  unitId: 42,
  base: 0,
  registers: [...head("Met"), ...WEATHER_MODELS, ...END],
  records: [{
    type: "NormalizedEnvironmentData",
    suffix: "",
    fields: {
      sunspec_model_ids: [302, 303, 304, 305, 306, 307, 308],
      ambient_temp_c: -5.3,
      relative_humidity_pct: 81,
      air_pressure_hpa: 987,
      wind_speed_m_s: 4,
      wind_direction_deg: 270,
      rain_mm: 0,
      snow_depth_mm: null,
      precipitation_type_code: 71,
      ghi_w_m2: 615,
      module_temp_c: 33.8,
      irradiances: [
        {
          ghi_w_m2: 612,
          poa_w_m2: 804,
          diffuse_w_m2: null,
          dni_w_m2: 701,
          other_w_m2: null,
        },
        { ghi_w_m2: 610, poa_w_m2: null },
      ],
      module_temps: [{ temp_c: 34.1 }, { temp_c: -0.4 }],
      inclinations: [{ x_deg: -15.25, y_deg: 0.12, z_deg: null }],
      latitude_deg: -33.856784,
      longitude_deg: 151.215297,
      altitude_m: 58,
      location: "Roof 3",
      gps_time: "101530.250Z",
      gps_date: "20260714",
      reference_ghi_w_m2: 600,
      reference_current_a: 8,
      reference_voltage_v: 31,
      reference_temp_c: 25,
    },
  }],
};

/** A string combiner with two inputs. */
export const COMBINER: RecordDevice = {
  name: "combiner",
  unitId: 43,
  base: 50_000,
  registers: [...head("Box"), ...COMBINER_MODELS, ...END],
  records: [{
    type: "NormalizedCombinerData",
    suffix: "",
    fields: {
      sunspec_model_id: 404,
      dc_current_a: 18.3,
      dc_charge_ah: 123_456,
      dc_voltage_v: -612,
      dc_power_w: 11_200,
      dc_energy_wh: 7_000_000,
      performance_ratio_pct: 82,
      max_dc_current_a: 250,
      internal_temp_c: 38,
      events: ["DISCONNECTED"],
      vendor_events: ["bit_2"],
      strings: [{
        id: 1,
        dc_current_a: 9.15,
        dc_charge_ah: 61_000,
        dc_voltage_v: 612,
        dc_power_w: 5_600,
        dc_energy_wh: 3_500_000,
        performance_ratio_pct: 83,
        module_count: 20,
        events: [],
        vendor_events: null,
      }, {
        id: 2,
        dc_current_a: -0.03,
        dc_voltage_v: null,
        events: ["FUSE_FAULT", "ARC_DETECTED"],
        vendor_events: ["bit_0"],
      }],
    },
  }],
};

/** A hybrid inverter with model 701 only, a PV port and a battery port. */
export const DER: RecordDevice = {
  name: "der",
  unitId: 44,
  base: 40_000,
  registers: [...head("Hybrid"), ...DER_MODELS, ...END],
  records: [{
    type: "NormalizedInverterData",
    suffix: "",
    flags: ["ac_energy_wh:counter-unproven"],
    fields: {
      sunspec_model_id: 701,
      ac_power_w: -3_200,
      ac_apparent_power_va: 3_350,
      ac_reactive_power_var: -980,
      power_factor: -0.955,
      power_factor_pct: null,
      ac_current_a: 4.7,
      phase_a_current_a: 1.6,
      phase_ab_voltage_v: 398.4,
      phase_an_voltage_v: 230,
      frequency_hz: 49.987,
      ac_energy_wh: null, // 2^53 + 3: more than any inverter has produced
      cabinet_temp_c: 41.2,
      state: "THROTTLED",
      state_code: 4,
      vendor_state_code: null,
      events: ["OVER_TEMP", "MANUFACTURER_ALRM"],
      dc_current_a: 6.1,
      dc_power_w: 3_000,
      dc_injected_energy_wh: 88_000,
      dc_absorbed_energy_wh: null,
      der: {
        ac_wiring: "THREE_PHASE",
        operating_state: "ON",
        inverter_state: "THROTTLED",
        grid_connection: "CONNECTED",
        modes: ["GRID_FOLLOWING"],
        alarm_info: "Fan 2",
        throttling_pct: 35,
        throttling_sources: ["VOLT_WATT"],
        line_neutral_voltage_v: 230.1,
        absorbed_energy_wh: 1_234,
        transistor_temp_c: 65.5,
        phase_a_power_w: -1_100,
        phase_a_power_factor: -0.95,
        phase_b_power_w: null,
      },
      strings_model_id: 714,
      strings_events: ["PORT_2"],
      strings: [{
        id: 1,
        name: "PV",
        port_type: "PV",
        dc_current_a: 11.2,
        dc_voltage_v: 650.1,
        dc_power_w: 7_280,
        dc_energy_wh: 77_000,
        dc_absorbed_energy_wh: null,
        temp_c: 41,
        state: "ON",
        events: [],
      }, {
        id: 2,
        name: "Battery",
        port_type: "ESS",
        dc_current_a: -5.1,
        dc_voltage_v: 512,
        dc_power_w: -4_280,
        dc_energy_wh: 11_000,
        dc_absorbed_energy_wh: 12_500,
        state: "WARNING",
        events: ["OVER_TEMP"],
      }],
      nameplate: {
        der_type: "PV_STOR",
        power_rating_w: 10_000,
        apparent_power_rating_va: 11_000,
        reactive_power_rating_q1_var: 4_400,
        reactive_power_rating_q2_var: null,
        reactive_power_rating_q4_var: -4_400,
        current_rating_a: 16,
        min_power_factor_q1: 0.8,
        min_power_factor_q4: -0.8,
        energy_rating_wh: 10_200,
        max_charge_power_w: 5_000,
        max_discharge_power_w: 6_000,
      },
      settings: {
        max_power_w: 9_000,
        reference_voltage_v: 230,
        reference_voltage_offset_v: -2,
        apparent_power_calculation: "VECTOR",
        connected_phase: "UNKNOWN(9)",
        connected_phase_code: 9,
      },
      extended_status: {
        pv_connection: ["CONNECTED", "AVAILABLE", "OPERATING"],
        storage_connection: ["CONNECTED", "OPERATING"],
        grid_connection: "CONNECTED",
        active_energy_wh: 5_000_000_000,
        available_power_w: 7_300,
        active_controls: ["FIXEDPF", "SCHEDULED"],
        time_source: "NTP",
        device_time_s: 837_000_000,
        isolation_resistance_ohm: 433_000,
      },
    },
  }, {
    type: "NormalizedStorageData",
    suffix: "",
    fields: {
      sunspec_model_ids: [713],
      soc_pct: 50.5,
      soh_pct: 9.9,
      energy_rating_wh: 10_200,
      available_energy_wh: 5_100,
      status: "WARNING",
      charge_state: null,
      control: null,
      strings: null,
    },
  }],
};

/** A meter in floats, and a sub-meter of one phase in integers. */
export const METERS: RecordDevice = {
  name: "meters",
  unitId: 45,
  base: 40_000,
  registers: [...head("Twin"), ...METER_MODELS, ...END],
  records: [{
    type: "NormalizedMeterData",
    suffix: ".1",
    fields: {
      sunspec_model_id: 213,
      ac_current_a: 30.5,
      phase_a_current_a: 10.25,
      line_line_voltage_v: 399.5,
      phase_ab_voltage_v: 398.75,
      phase_cn_voltage_v: 231,
      frequency_hz: 49.96875,
      ac_power_w: -7_000,
      phase_b_power_w: -2_300.5,
      ac_reactive_power_var: 125,
      power_factor: 0.984375,
      power_factor_pct: null,
      phase_a_power_factor: -0.5,
      exported_energy_wh: 16_777_216,
      imported_energy_wh: 1_024,
      phase_c_imported_reactive_energy_q1_varh: 12,
      events: ["OVER_CURRENT", "OEM01"],
    },
  }, {
    type: "NormalizedMeterData",
    suffix: ".2",
    fields: {
      sunspec_model_id: 201,
      ac_current_a: 5.1,
      line_neutral_voltage_v: 230,
      frequency_hz: 50.01,
      ac_power_w: 1_150,
      power_factor_pct: -98,
      power_factor: null,
      exported_energy_wh: 50,
      imported_energy_wh: 700_000,
      events: ["POWER_FAILURE"],
    },
  }],
};

/** All devices of this file. */
export const RECORD_DEVICES: readonly RecordDevice[] = [
  BATTERY,
  WEATHER,
  COMBINER,
  DER,
  METERS,
];
