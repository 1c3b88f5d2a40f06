/**
 * Lint plugin `signals`. Its rule `no-abort-signal-any` rejects `AbortSignal.any` in
 * `src/`: on Deno 2.6.10 a long-lived parent keeps memory for each call, permanently.
 *
 * @module
 */

import { sourcePath } from "./source_path.ts";

const plugin: Deno.lint.Plugin = {
  name: "signals",
  rules: {
    "no-abort-signal-any": {
      create(context) {
        const path = sourcePath(context.filename);
        if (path === undefined || !path.startsWith("src/")) return {};
        return {
          MemberExpression(node) {
            if (nameOf(node.property) !== "any") return;
            const { object } = node;
            const owner = object.type === "MemberExpression" ? object.property : object;
            if (nameOf(owner) !== "AbortSignal") return;
            context.report({
              node,
              message:
                `${path} uses AbortSignal.any, which leaks memory on Deno 2.6.10`,
              hint: "Use linkSignals() or limitSignal() of src/base/linked_signal.ts",
            });
          },
        };
      },
    },
  },
};

/** The name of an identifier, or the text of a string literal. */
function nameOf(node: Deno.lint.Node): string | undefined {
  if (node.type === "Identifier") return node.name;
  return node.type === "Literal" && typeof node.value === "string"
    ? node.value
    : undefined;
}

export default plugin;
