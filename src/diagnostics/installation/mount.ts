/**
 * Finds the mount of a path in /proc/self/mountinfo. Pure.
 *
 * @module
 */

/** A mount point. */
export interface Mount {
  readonly point: string;
  readonly type: string;
  readonly source: string;
  /** `major:minor`. */
  readonly device: string;
}

/**
 * Finds the mount that contains a path.
 *
 * @param mountinfo text of /proc/self/mountinfo (proc(5)); of two mounts at the same
 *   point, the later one is on top.
 */
export function mountOf(mountinfo: string, path: string): Mount | undefined {
  let best: Mount | undefined;
  for (const line of mountinfo.split("\n")) {
    const [left = "", right = ""] = line.split(" - ");
    const [, , device = "", , point = ""] = left.split(" ").map(unescape);
    const [type = "", source = ""] = right.split(" ").map(unescape);
    if (
      type === "" ||
      !(path === point || path.startsWith(point === "/" ? "/" : `${point}/`))
    ) continue;
    if (best === undefined || point.length >= best.point.length) {
      best = { point, type, source, device };
    }
  }
  return best;
}

/** Decodes octal escapes: a space is written as `\040` (proc(5)). */
function unescape(field: string): string {
  return field.replaceAll(
    /\\([0-7]{3})/g,
    (_, digits: string) => String.fromCharCode(parseInt(digits, 8)),
  );
}
