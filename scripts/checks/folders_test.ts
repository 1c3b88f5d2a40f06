import { deepStrictEqual, match } from "node:assert/strict";
import { FOLDER_FILES_MAX, folderFaults } from "./folders.ts";

Deno.test("folderFaults() counts source files side by side, without tests and subfolders", () => {
  const files = Array.from({ length: FOLDER_FILES_MAX }, (_, at) => `src/a/f${at}.ts`);
  deepStrictEqual(folderFaults([...files, "src/a/x_test.ts", "src/a/b/c.ts"]), []);
  match(
    folderFaults([...files, "src/a/more.ts"]).join(),
    /^src\/a holds 21 source files, the limit is 20/,
  );
});
