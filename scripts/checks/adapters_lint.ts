/**
 * Lint plugin `layers`. Its rule `effects-in-adapters` allows the runtime,
 * packages, timers, clocks, random numbers and the console only in the adapters
 * ({@linkcode ADAPTERS}), and reports a listed adapter that uses none of them.
 *
 * @module
 */

import { ADAPTER_LAYERS, ADAPTERS } from "./adapters.ts";
import { sourcePath } from "./source_path.ts";

const EFFECTFUL_MEMBERS: Readonly<Record<string, readonly string[]>> = {
  Date: ["now"],
  Math: ["random"],
  performance: ["now"],
  crypto: ["getRandomValues", "randomUUID"],
};

const EFFECTFUL_FUNCTIONS = new Set([
  "Deno",
  "setTimeout",
  "setInterval",
  "fetch",
  "queueMicrotask",
]);

const plugin: Deno.lint.Plugin = {
  name: "layers",
  rules: {
    "effects-in-adapters": {
      create(context) {
        const path = sourcePath(context.filename);
        if (path === undefined || !path.startsWith("src/")) return {};
        if (ADAPTER_LAYERS.some((layer) => path.startsWith(layer))) return {};
        const isAdapter = ADAPTERS.has(path);
        let effects = 0;

        function found(node: Deno.lint.Node, message: string, hint: string): void {
          effects++;
          if (!isAdapter) context.report({ node, message, hint });
        }

        return {
          ImportDeclaration(node) {
            const from = String(node.source.value);
            if (from.startsWith("./") || from.startsWith("../")) return;
            found(
              node,
              `${path} is not an adapter but imports ${from}`,
              "Pass the function in as a parameter, or list the file in scripts/checks/adapters.ts",
            );
          },
          MemberExpression(node) {
            if (node.object.type !== "Identifier") return;
            const object = node.object.name;
            const member = node.property.type === "Identifier"
              ? node.property.name
              : "";
            if (object !== "Deno" && !EFFECTFUL_MEMBERS[object]?.includes(member)) {
              return;
            }
            found(
              node,
              `${path} is not an adapter but uses ${object}.${member}`,
              "Take a Clock, a Random or a transport as a parameter",
            );
          },
          CallExpression(node) {
            const { callee } = node;
            if (callee.type !== "Identifier") return;
            if (!EFFECTFUL_FUNCTIONS.has(callee.name)) return;
            found(
              node,
              `${path} is not an adapter but calls ${callee.name}()`,
              "Take a Clock or a transport as a parameter",
            );
          },
          "Program:exit"(node: Deno.lint.Program) {
            if (!isAdapter || effects > 0) return;
            context.report({
              node,
              message: `${path} is listed as an adapter but uses no effect`,
              hint: "Remove it from scripts/checks/adapters.ts",
            });
          },
        };
      },
    },
  },
};

export default plugin;
