/**
 * The folder of the project.
 *
 * @module
 */

/** Path of the project's root, with a slash at its end. */
export const PROJECT_ROOT: string = new URL("../../", import.meta.url).pathname;
/** Python interpreter of the tests' virtual environment. */
export const PYTHON = `${PROJECT_ROOT}.tools/venv/bin/python`;
