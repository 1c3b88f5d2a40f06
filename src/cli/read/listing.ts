/**
 * The listing of `read`: a line for each point, by model, and the agent's records below.
 *
 * @module
 */

import { visible } from "../../observability/log/format.ts";
import type { DeviceView } from "../device/device_view.ts";
import { wrap } from "../terminal/text.ts";
import { listFlagLines, type Listing } from "./listed_flags.ts";
import { listPoints } from "./listed_points.ts";
import { float32Texts, listRecord } from "./listed_records.ts";

/** A line of the listing. */
export interface ListingLine {
  /** Identifies the content of the line across readings. */
  readonly key: string;
  readonly text: string;
  /** Whether the line is a heading. */
  readonly heading?: true;
}

/**
 * Renders the listing: a line for each point.
 *
 * @param all includes points that the device does not implement.
 * @param width lines are wrapped to this width.
 */
export function toListing(view: DeviceView, all: boolean, width = Infinity): string {
  return listLines(view, all).flatMap(({ text }) => wrapIndented(text, width))
    .map((line) => `${line}\n`).join("");
}

/** Wraps a line; the indent is kept. */
function wrapIndented(text: string, width: number): string[] {
  const [indent = ""] = /^ */.exec(text) ?? [];
  const textWidth = width - indent.length;
  return wrap(text.slice(indent.length), textWidth).map((line) =>
    `${indent}${line}`.trimEnd()
  );
}

/** Returns the lines of the listing. */
export function listLines(view: DeviceView, all: boolean): ListingLine[] {
  const { layout, models, definitions, records } = view;
  const { base, unitId, identity, oddities } = layout;
  const { manufacturer, model, serial, firmware } = identity;
  const name = [manufacturer, model].filter((part) => part !== null).join(" ");
  const lines: ListingLine[] = [];
  const add: Listing["add"] = (key, text, heading) => {
    // Text from a device must not control the terminal.
    lines.push({ key, text: visible(text), ...(heading && { heading }) });
  };
  add(
    "device",
    `${name === "" ? "(unnamed)" : name}, serial ${serial ?? "-"}, ` +
      `firmware ${firmware ?? "-"}; unit ${unitId}, base ${base}`,
    true,
  );
  for (const oddity of oddities) add(`oddity ${oddity}`, `! ${oddity}`);
  for (const { id, address, length, points, flags } of models) {
    const definition = definitions.get(id);
    const title = definition?.name ?? "(not a SunSpec model)";
    const key = `${address}`;
    add(`${key} gap`, "");
    add(key, `${id} ${title} at ${address}, ${length} registers`, true);
    listPoints(points, definition?.group, { indent: "  ", path: `${key} `, all, add });
    listFlagLines(flags, { indent: "  ", path: `${key} `, all, add });
  }
  const floats = float32Texts(view);
  for (const record of records) listRecord(record, floats, all, add);
  return lines;
}
