import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import fc from "fast-check";
import { ELEMENT_DEPTH_MAX, ELEMENTS_MAX, parseXml, type XmlElement } from "./xml.ts";

function rootOf(text: string): XmlElement {
  const parsed = parseXml(text);
  ok(parsed.ok, parsed.ok ? "" : parsed.fault.message);
  return parsed.value;
}

function faultOf(text: string): string {
  const parsed = parseXml(text);
  return parsed.ok ? "" : `line ${parsed.fault.line} ${parsed.fault.message}`;
}

/** Pieces that are difficult for parsers. */
const PIECE = fc.constantFrom(
  ...["<", ">", "/", "<a>", "</a>", "<a", ' b="', "&", ";", "&#", "&#x0;", "&lt;"],
  ...["<!--", "-->", "<![CDATA[", "]]>", "<!DOCTYPE", "[", "]", "<?xml", "?>", "\n"],
  ...["\r", "\u0000", "\ud800", "\ufeff", "__proto__", "=", "'", '"', " "],
);

Deno.test("parseXml() returns an element or a fault for any text and never throws", () => {
  const text = fc.oneof(
    fc.string({ unit: "binary" }),
    fc.array(PIECE, { maxLength: 40 }).map((pieces) => pieces.join("")),
    fc.array(PIECE).map((pieces) => `<a>${pieces.join("")}</a>`),
  );
  fc.assert(fc.property(text, (each) => {
    const parsed = parseXml(each);
    ok(parsed.ok || parsed.fault.line >= 1 && parsed.fault.message !== "");
  }));
});

Deno.test("parseXml() returns escaped attributes and texts unchanged", () => {
  const escape = (text: string): string =>
    text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll('"', "&quot;")
      .replaceAll("]]>", "]]&gt;");
  const text = fc.string({ unit: fc.constantFrom(..."ab <>&\"'°]é\u{1F600}") });
  fc.assert(fc.property(text, text, (attribute, content) => {
    const root = rootOf(`<a b="${escape(attribute)}">${escape(content)}</a>`);
    strictEqual(root.attributes.get("b"), attribute);
    strictEqual(root.text, content);
  }));
});

Deno.test("parseXml() states the line on which an element starts", () => {
  const root = rootOf("<?xml version='1.0'?>\r\n<a>\n  <b\n c='1'/>\n</a>");
  strictEqual(root.line, 2);
  deepStrictEqual(root.children.map(({ line }) => line), [3]);
});

Deno.test("parseXml() accepts any attribute name", () => {
  const root = rootOf('<a __proto__="1" constructor="2"/>');
  deepStrictEqual([...root.attributes], [["__proto__", "1"], ["constructor", "2"]]);
});

Deno.test("parseXml() refuses a DOCTYPE and undefined entities", () => {
  const refused = "has a DOCTYPE, which is not permitted";
  const laughs = `<!DOCTYPE a [<!ENTITY x "ha"><!ENTITY y "&x;&x;">]>\n<a>&y;</a>`;
  strictEqual(faultOf(laughs), `line 1 ${refused}`);
  const outside = `<!DOCTYPE a SYSTEM "file:///etc/hostname">\n<a/>`;
  strictEqual(faultOf(outside), `line 1 ${refused}`);
  strictEqual(
    faultOf("<a>\n&y;</a>"),
    "line 2 is not well-formed XML: undefined entity",
  );
});

Deno.test("parseXml() states the line of a syntax error", () => {
  strictEqual(
    faultOf("<a>\n</b></a>"),
    "line 2 is not well-formed XML: unexpected close tag",
  );
  strictEqual(
    faultOf("<a/>\n<b/>"),
    "line 2 is not well-formed XML: documents may contain only one root",
  );
  ok(faultOf("<a b='1' b='2'/>").includes("duplicate attribute"));
  ok(faultOf("<a>\u0000</a>").includes("disallowed character"));
  ok(faultOf("").startsWith("line 1"));
});

Deno.test("parseXml() limits the number and the depth of elements", () => {
  const deep = (depth: number): string => "<a>".repeat(depth) + "</a>".repeat(depth);
  rootOf(deep(ELEMENT_DEPTH_MAX));
  ok(faultOf(deep(ELEMENT_DEPTH_MAX + 1)).includes("deeper than"));
  // Parsing stops after the first fault.
  ok(faultOf("<a>".repeat(300_000)).includes("deeper than"));
  ok(faultOf(`<a>${"<b/>".repeat(ELEMENTS_MAX)}</a>`).includes("more than"));
});

Deno.test("parseXml() does not throw on a surrogate without its other half", () => {
  for (const text of ["<?\ud800", "<a>\udc00</a>", "<\ud800/>"]) parseXml(text);
  const pairs = "\u{1f600}".repeat(20_000);
  const parsed = parseXml(`<a>x${pairs}</a>`);
  strictEqual(parsed.ok && parsed.value.text, `x${pairs}`);
});
