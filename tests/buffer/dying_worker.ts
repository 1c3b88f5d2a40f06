/**
 * The buffer's worker, with a throw planted in it: it lives until it is asked
 * for the schema named `die`.
 *
 * @module
 */

import "../../src/buffer/worker/worker.ts";

addEventListener("message", (event) => {
  if (event instanceof MessageEvent && event.data.fingerprint === "die") {
    setTimeout(() => {
      throw new Error("planted in the worker");
    }, 0);
  }
});
