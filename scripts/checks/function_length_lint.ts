/**
 * Lint plugin `shape`. Its rule `function-length` rejects functions above
 * {@linkcode LINES_MAX} lines in `src/` and `scripts/`, tests excluded.
 *
 * @module
 */

import { LONG_FUNCTIONS } from "./long_functions.ts";
import { sourcePath } from "./source_path.ts";

/** Maximum length of a function, in lines: more than one screen even of a large monitor. */
export const LINES_MAX = 100;

type FunctionNode =
  | Deno.lint.FunctionDeclaration
  | Deno.lint.FunctionExpression
  | Deno.lint.ArrowFunctionExpression;

const plugin: Deno.lint.Plugin = {
  name: "shape",
  rules: {
    "function-length": {
      create(context) {
        const path = sourcePath(context.filename);
        if (path === undefined) return {};
        const exempt = new Set(
          LONG_FUNCTIONS.filter(([file]) => file === path).map(([, name]) => name),
        );

        function check(node: FunctionNode): void {
          const [start, end] = node.range;
          const lines = context.sourceCode.text.slice(start, end).split("\n").length;
          if (lines <= LINES_MAX) return;
          const name = nameOf(node);
          if (exempt.delete(name)) return;
          context.report({
            node,
            message: `${name}() has ${lines} lines, the limit is ${LINES_MAX}`,
            hint: "Split it, for example into a pure state with a reducer and a driver",
          });
        }

        return {
          FunctionDeclaration: check,
          FunctionExpression: check,
          ArrowFunctionExpression: check,
          "Program:exit"(node: Deno.lint.Program) {
            for (const name of exempt) {
              context.report({
                node,
                message: `${name}() has at most ${LINES_MAX} lines or does not exist`,
                hint: "Remove it from scripts/checks/long_functions.ts",
              });
            }
          },
        };
      },
    },
  },
};

/** The declared name, else the name of the variable, property or method it belongs to. */
function nameOf(node: FunctionNode): string {
  if (node.type !== "ArrowFunctionExpression" && node.id) return node.id.name;
  const { parent } = node;
  const owner = parent.type === "VariableDeclarator"
    ? parent.id
    : parent.type === "Property" || parent.type === "MethodDefinition"
    ? parent.key
    : undefined;
  return owner?.type === "Identifier" ? owner.name : "(anonymous)";
}

export default plugin;
