/**
 * Keeps effects behind their doors: a file that is not in {@linkcode ADAPTERS}
 * may not name the clock, chance, the console, a package or the runtime.
 *
 * @module
 */

import { ADAPTER_LAYERS, ADAPTERS } from "./adapters.ts";

const BANNED_MEMBERS: Readonly<Record<string, readonly string[]>> = {
  Date: ["now"],
  Math: ["random"],
  performance: ["now"],
  crypto: ["getRandomValues", "randomUUID"],
};

const BANNED_GLOBALS = new Set([
  "Deno",
  "setTimeout",
  "setInterval",
  "fetch",
  "queueMicrotask",
]);

function isPure(filename: string): boolean {
  const at = filename.lastIndexOf("/src/");
  if (at < 0 || filename.endsWith("_test.ts")) return false;
  const path = filename.slice(at + 1);
  return !ADAPTERS.has(path) && !ADAPTER_LAYERS.some((room) => path.startsWith(room));
}

const plugin: Deno.lint.Plugin = {
  name: "rooms",
  rules: {
    "effects-behind-doors": {
      create(context) {
        if (!isPure(context.filename)) return {};
        return {
          ImportDeclaration(node) {
            const from = String(node.source.value);
            if (from.startsWith("./") || from.startsWith("../")) return;
            context.report({
              node,
              message: `Pure code imports ${from}`,
              hint: "Take what it does as a parameter, or list the file in doors.ts",
            });
          },
          MemberExpression(node) {
            if (node.object.type !== "Identifier") return;
            const object = node.object.name;
            const member = node.property.type === "Identifier"
              ? node.property.name
              : "";
            if (object === "Deno" || BANNED_MEMBERS[object]?.includes(member)) {
              context.report({
                node,
                message: `Pure code names ${object}.${member}`,
                hint: "Take a Clock, a Chance or a transport as a parameter",
              });
            }
          },
          CallExpression(node) {
            if (
              node.callee.type === "Identifier" && BANNED_GLOBALS.has(node.callee.name)
            ) {
              context.report({
                node,
                message: `Pure code calls ${node.callee.name}()`,
              });
            }
          },
        };
      },
    },
  },
};

export default plugin;
