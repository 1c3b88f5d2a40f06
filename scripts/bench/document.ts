/**
 * Replaces the generated parts of docs/performance.md. Each part is enclosed in two
 * comments.
 *
 * @module
 */

/**
 * Replaces the content of the part `name` with `text`.
 *
 * @throws {Error} If the document has no such part.
 */
export function replacePart(document: string, name: string, text: string): string {
  const begin = `<!-- bench: ${name} -->`;
  const end = `<!-- /bench: ${name} -->`;
  const from = document.indexOf(begin);
  const to = document.indexOf(end);
  if (from < 0 || to < from) throw new Error(`The document has no part "${name}"`);
  return `${document.slice(0, from)}${begin}\n\n${text}\n\n${document.slice(to)}`;
}
