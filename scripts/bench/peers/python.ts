/**
 * A Python loop of pysunspec2, fastavro and confluent-kafka as a program that is
 * measured. Its packages are those of the tests.
 *
 * @module
 */

import { PYTHON } from "../../../src/testing/project_root.ts";
import { INTERVAL_MS, type Program } from "../programs.ts";

const SCRIPT = new URL("python/pipeline.py", import.meta.url).pathname;

/** The Python loop. */
export const PYTHON_PROGRAM: Program = {
  name: "Python loop",
  command: ({ devices, bootstrap, topic, seconds }) =>
    Promise.resolve([
      ...[PYTHON, SCRIPT, bootstrap, topic],
      ...[devices.firstPort, devices.count, INTERVAL_MS, seconds].map(String),
    ]),
};
