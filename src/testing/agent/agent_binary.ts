/**
 * Lists the files embedded in an executable made by `deno compile`.
 *
 * @module
 */

/** A file embedded in the executable. */
export interface EmbeddedFile {
  /** Its path in the embedded file system. */
  readonly path: string;
  readonly size: number;
}

/** A node of the embedded file system, as `denort` (2.6) writes it: JSON after its length. */
type Node =
  | { readonly File: { readonly n: string; readonly o: readonly [number, number] } }
  | { readonly Dir: { readonly n: string; readonly e: readonly Node[] } }
  | { readonly Symlink: { readonly n: string } };

const MAGIC = new TextEncoder().encode("d3n0l4nd");
const LIST = new TextEncoder().encode('[{"');
/** Upper bound of the file list's length, in bytes. */
const LIST_BYTES_MAX = 16_000_000;

/** The files embedded in an executable; throws if the file list is missing. */
export async function embeddedFiles(path: string): Promise<EmbeddedFile[]> {
  const bytes = await Deno.readFile(path);
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  // The payload begins with the magic, the size of a JSON object, and the object.
  const payload = findAll(bytes, MAGIC, 0).findLast((at) =>
    at + 17 < bytes.length && bytes[at + 16] === 0x7b && bytes[at + 17] === 0x22
  );
  if (payload === undefined) throw new Error("the executable has no payload");
  for (const at of findAll(bytes, LIST, payload)) {
    const size = Number(view.getBigUint64(at - 8, true));
    if (size > LIST_BYTES_MAX || at + size > bytes.length) continue;
    const text = new TextDecoder().decode(bytes.subarray(at, at + size));
    if (!text.endsWith("]")) continue;
    const nodes: readonly Node[] = JSON.parse(text);
    return nodes.flatMap((node) => list(node, ""));
  }
  throw new Error("the payload has no file list");
}

/** True for a file that `deno bundle --code-splitting` names by its content. */
export function isBundlePart(name: string): boolean {
  return /^[\w-]+-[0-9A-Z]{8}\.js$/.test(name);
}

function list(node: Node, folder: string): EmbeddedFile[] {
  if ("Dir" in node) {
    return node.Dir.e.flatMap((inner) => list(inner, `${folder}${node.Dir.n}/`));
  }
  if ("File" in node) return [{ path: folder + node.File.n, size: node.File.o[1] }];
  return [{ path: folder + node.Symlink.n, size: 0 }];
}

function findAll(bytes: Uint8Array, wanted: Uint8Array, from: number): number[] {
  const found: number[] = [];
  const [first = 0] = wanted;
  for (
    let at = bytes.indexOf(first, from);
    at >= 0;
    at = bytes.indexOf(first, at + 1)
  ) {
    if (wanted.every((byte, index) => bytes[at + index] === byte)) found.push(at);
  }
  return found;
}
