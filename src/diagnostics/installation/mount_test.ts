import { strictEqual } from "node:assert/strict";
import { mountOf } from "./mount.ts";

const MOUNTINFO = `22 1 179:2 / / rw,noatime - ext4 /dev/mmcblk0p2 rw
30 22 0:25 / /var/lib rw shared:1 - tmpfs tmpfs rw
31 30 8:1 / /var/lib/sun\\040spec rw - ext4 /dev/sda1 rw
32 22 8:2 / /var/lib rw - xfs /dev/sda2 rw
`;

Deno.test("mountOf() returns the innermost mount, and the later of two at the same point", () => {
  const at = (path: string) => mountOf(MOUNTINFO, path)?.source;
  strictEqual(at("/etc"), "/dev/mmcblk0p2");
  strictEqual(at("/var/lib"), "/dev/sda2");
  strictEqual(at("/var/library"), "/dev/mmcblk0p2");
  strictEqual(at("/var/lib/sun spec/queue"), "/dev/sda1");
  strictEqual(mountOf("", "/"), undefined);
});
