import { deepStrictEqual } from "node:assert/strict";
import { hiddenTitles, renderTable, type TableColumn } from "./table.ts";

interface Row {
  readonly id: string;
  readonly watts: number;
  readonly note: string;
}

const ROWS: readonly Row[] = [
  { id: "太陽-1", watts: 41_230, note: "" },
  { id: "meter", watts: -870, note: "connection refused" },
];

const ID: TableColumn<Row> = {
  title: "device",
  alignRight: false,
  dropOrder: 0,
  cell: ({ id }) => id,
};
const WATTS: TableColumn<Row> = {
  title: "power",
  alignRight: true,
  dropOrder: 1,
  cell: ({ watts }) => `${watts} W`,
};
const NOTE: TableColumn<Row> = {
  title: "reason",
  alignRight: false,
  dropOrder: 0,
  overflow: "below",
  cell: ({ note }) => note,
};

function render(columns: readonly TableColumn<Row>[], width: number): string[] {
  return renderTable(columns, ROWS, { width, colour: false });
}

Deno.test("renderTable() aligns columns that have wide characters", () => {
  deepStrictEqual(render([ID, WATTS], 80), [
    "device    power",
    "太陽-1  41230 W",
    "meter    -870 W",
  ]);
});

Deno.test("renderTable() hides columns that do not fit; hiddenTitles() names them", () => {
  const columns = [{ ...ID, cell: ({ id }: Row) => `${id} at 127.0.0.1` }, WATTS];
  deepStrictEqual(render(columns, 25), [
    "device",
    "太陽-1 at 127.0.0.1",
    "meter at 127.0.0.1",
  ]);
  const style = { width: 25, colour: false };
  deepStrictEqual(hiddenTitles(columns, ROWS, style), ["power"]);
  deepStrictEqual(hiddenTitles(columns, ROWS, { ...style, width: 80 }), []);
});

Deno.test("renderTable() moves a column under its rows if it does not fit beside the others", () => {
  deepStrictEqual(render([ID, WATTS, NOTE], 40), [
    "device    power  reason",
    "太陽-1  41230 W",
    "meter    -870 W  connection refused",
  ]);
  deepStrictEqual(render([ID, WATTS, NOTE], 20), [
    "device    power",
    "太陽-1  41230 W",
    "meter    -870 W",
    "  connection refused",
  ]);
});
