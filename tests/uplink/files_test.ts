import { deepStrictEqual, match, ok, strictEqual } from "node:assert/strict";
import { createFakeClock, type FakeClock } from "../../src/testing/fake_clock.ts";
import { SYSTEM_CLOCK } from "../../src/platform/system_clock.ts";
import type { StoredRow } from "../../src/buffer/buffer.ts";
import {
  createFilesUplink,
  type FilesEvent,
  type FilesOptions,
} from "../../src/uplink/files/files_uplink.ts";
import { FINGERPRINTS, readingRow, SCHEMAS } from "./readings.ts";
import { PROJECT_ROOT, PYTHON } from "../../src/testing/project_root.ts";

const NEVER = new AbortController().signal;

Deno.test("fastavro reads the rows that were sent", async () => {
  await using world = await createWorld();
  const rows = [1, 2, 3, 4, 5].map((id) => readingRow(id, "inverter"));
  deepStrictEqual(await world.send(rows.slice(0, 3)), { ok: true });
  deepStrictEqual(await world.send(rows.slice(3)), { ok: true });
  deepStrictEqual(world.events, []);
  strictEqual((await world.names()).filter((name) => name.endsWith(".part")).length, 1);
  await world.close();
  deepStrictEqual(
    (await world.names()).map((name) => name.replace(/-.*-/, "-")),
    [
      "inverter-00000000.avro",
    ].map((name) => name.replace("00000000", FINGERPRINTS[0].slice(0, 8))),
  );
  deepStrictEqual(await world.read(), { inverter: [1, 2, 3, 4, 5] });
});

Deno.test("each topic and schema has its own file", async () => {
  await using world = await createWorld();
  const mixed = [1, 2, 3, 4].map((id) => readingRow(id, "all", id % 2 === 0 ? 1 : 0));
  deepStrictEqual(await world.send(mixed), { ok: true });
  deepStrictEqual(await world.send([readingRow(5, "../../etc/x")]), { ok: true });
  await world.close();
  strictEqual((await world.names()).length, 3);
  deepStrictEqual(Object.values(await world.read()).flat().sort(), [1, 2, 3, 4, 5]);
});

Deno.test("a row whose schema is unknown fails alone; the others are written once", async () => {
  await using world = await createWorld({
    schema: (fingerprint) =>
      Promise.resolve(
        fingerprint === FINGERPRINTS[1] ? undefined : SCHEMAS.get(fingerprint),
      ),
  });
  const rows = [1, 2, 3, 4].map((id) => readingRow(id, "all", id % 2 === 0 ? 1 : 0));
  const unknown = rows.filter(({ id }) => id % 2 === 0);
  const failure = {
    errorName: "SCHEMA_UNKNOWN",
    detail: `fingerprint ${FINGERPRINTS[1]}`,
  };
  const failed = {
    ok: false,
    failure,
    parts: [{ rows: unknown, failure, culprits: unknown }],
  };
  deepStrictEqual(await world.send(rows), failed);
  deepStrictEqual(await world.send(unknown), failed);
  deepStrictEqual(await world.send([readingRow(5, "all")]), { ok: true });
  await world.close();
  deepStrictEqual(await world.read(), { all: [1, 3, 5] });
});

Deno.test("files are finished by size and age, and their total size is limited", async () => {
  const clock = createFakeClock({ wallMs: 1_769_860_800_000 });
  const options = { rotateBytes: 20_000, rotateMs: 60_000, maxBytes: 100_000 };
  await using world = await createWorld(options, clock);
  for (let id = 1; id <= 120; id++) {
    deepStrictEqual(await world.send([readingRow(id, "t", 0, 3_000)]), { ok: true });
    await clock.advance(1_000);
    ok(await world.bytes() <= 100_000 + 5_000, "the total exceeds maxBytes");
  }
  const eventsOf = (kind: FilesEvent["kind"]) =>
    world.events.filter((event) => event.kind === kind);
  ok(eventsOf("finished").length > 10);
  ok(eventsOf("deleted").length > 5);
  await world.close();
  const read = (await world.read())["t"] ?? [];
  strictEqual(read.at(-1), 120);
  deepStrictEqual(read, Array.from(read, (_, at) => (read[0] ?? 0) + at));
  await using aged = await createWorld({ rotateMs: 5_000 }, clock);
  await aged.send([readingRow(1, "t")]);
  await clock.advance(5_001);
  await aged.send([readingRow(2, "u")]);
  strictEqual(aged.events.filter((event) => event.kind === "finished").length, 1);
});

Deno.test("an incomplete block at the end is removed at the next start, wherever it was cut", async () => {
  await using world = await createWorld();
  await world.send([readingRow(1, "t")]);
  await world.send([readingRow(2, "t")]);
  const part = (await world.names())[0] ?? "";
  const path = `${world.folder}/${part}`;
  const whole = await Deno.readFile(path);
  await world.send([readingRow(3, "t")]);
  const more = await Deno.readFile(path);
  await world.close();
  await Deno.remove(path.replace(".part", ""));
  const zeros = new Uint8Array(more);
  zeros.fill(0, whole.length + 3, more.length - 16);
  const torn = [
    ...[1, 2, 5, 17, more.length - whole.length - 1].map((bytes) =>
      more.subarray(0, whole.length + bytes)
    ),
    // The sync marker reached the disk, the middle did not.
    zeros,
  ];
  for (const bytes of torn) {
    await using next = await createWorld({}, undefined, world.folder);
    await Deno.writeFile(path, bytes);
    deepStrictEqual(await next.send([readingRow(4, "other")]), { ok: true });
    const [event] = next.events;
    ok(event?.kind === "recovered");
    strictEqual(event.cutBytes, bytes.length - whole.length);
    await next.close();
    deepStrictEqual((await next.read())["t"], [1, 2]);
    for (const name of await next.names()) await Deno.remove(`${next.folder}/${name}`);
  }
});

Deno.test("damage before complete blocks loses none of them", async () => {
  await using world = await createWorld();
  for (const id of [1, 2, 3]) await world.send([readingRow(id, "t")]);
  const part = `${world.folder}/${(await world.names())[0]}`;
  const bytes = await Deno.readFile(part);
  await world.close();
  await Deno.remove(part.replace(".part", ""));
  // A damaged sync marker after the first of three blocks.
  const marker = bytes.subarray(-16);
  const first = indexOf(bytes, marker, indexOf(bytes, marker, 0) + 16);
  bytes[first] = (bytes[first] ?? 0) ^ 1;
  await Deno.writeFile(part, bytes);
  await using next = await createWorld({}, undefined, world.folder);
  await next.send([readingRow(9, "other")]);
  strictEqual(next.events[0]?.kind, "damaged");
  ok((await next.names()).some((name) => name.endsWith(".damaged")));
});

Deno.test("rows are not acknowledged if the file was removed; the folder is created again", async () => {
  await using world = await createWorld();
  deepStrictEqual(await world.send([readingRow(1, "t")]), { ok: true });
  await Deno.remove(world.folder, { recursive: true });
  match(
    JSON.stringify(await world.send([readingRow(2, "t")])),
    /DISK_FAILURE.*removed/,
  );
  deepStrictEqual(await world.send([readingRow(2, "t")]), { ok: true });
  await world.close();
  deepStrictEqual(await world.read(), { t: [2] });
});

Deno.test("a full disk is reported as DISK_FULL, and nothing of the batch is kept", async () => {
  // A tmpfs of 256 KiB in a mount namespace of its own.
  const { code, stdout, stderr } = await new Deno.Command("unshare", {
    args: [
      Deno.uid() === 0 ? "-m" : "-rm", // without root, mounting requires a user namespace
      "sh",
      "-c",
      'mount -t tmpfs -o size=256k none "$0" && exec "$@" "$0"',
      await Deno.makeTempDir({ prefix: "full-" }),
      Deno.execPath(),
      "run",
      "-A",
      `--config=${PROJECT_ROOT}deno.json`,
      `${PROJECT_ROOT}tests/uplink/full_disk.ts`,
    ],
  }).output();
  const output = new TextDecoder().decode(stdout);
  strictEqual(code, 0, new TextDecoder().decode(stderr) + output);
  const { failure, acknowledged, afterSpace, read } = JSON.parse(output);
  strictEqual(failure, "DISK_FULL");
  ok(acknowledged > 0);
  strictEqual(afterSpace, true);
  deepStrictEqual(read, [...Array(acknowledged).keys(), acknowledged]);
});

Deno.test("acknowledged rows survive kill -9", async () => {
  const folder = await Deno.makeTempDir({ prefix: "files-" });
  for (let round = 0; round < 3; round++) {
    const child = new Deno.Command(Deno.execPath(), {
      args: [
        "run",
        "-A",
        `--config=${PROJECT_ROOT}deno.json`,
        `${PROJECT_ROOT}tests/uplink/files_writer.ts`,
        folder,
        String(round * 100_000),
      ],
      stdout: "piped",
    }).spawn();
    const reader = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
    let text = "";
    while (text.split("\n").length < 20 + round * 7) {
      const { value, done } = await reader.read();
      ok(!done, "the writer was not killed");
      text += value;
    }
    child.kill("SIGKILL");
    for (let more = await reader.read(); !more.done; more = await reader.read()) {
      text += more.value;
    }
    strictEqual((await child.status).signal, "SIGKILL");
    const acknowledged = text.split("\n").slice(0, -1).map(Number);
    await using next = await createWorld({}, undefined, folder);
    await next.send([readingRow(1, "other")]);
    await next.close();
    const read = new Set((await next.read())["t"]);
    for (const id of acknowledged) ok(read.has(id), `${id} of ${acknowledged.length}`);
  }
  await Deno.remove(folder, { recursive: true });
});

interface World {
  readonly folder: string;
  readonly events: readonly FilesEvent[];
  send(rows: readonly StoredRow[]): Promise<unknown>;
  close(): Promise<void>;
  names(): Promise<string[]>;
  bytes(): Promise<number>;
  /** Ids by topic, as fastavro reads the finished files in the order of their names. */
  read(): Promise<Record<string, number[]>>;
  [Symbol.asyncDispose](): Promise<void>;
}

async function createWorld(
  options: Partial<FilesOptions> = {},
  clock?: FakeClock,
  existing?: string,
): Promise<World> {
  const folder = existing ?? await Deno.makeTempDir({ prefix: "files-" });
  const events: FilesEvent[] = [];
  const uplink = createFilesUplink({
    folder,
    schema: (fingerprint) => Promise.resolve(SCHEMAS.get(fingerprint)),
    onEvent: (event) => events.push(event),
    ...options,
  }, clock ?? SYSTEM_CLOCK);
  async function entries(): Promise<Deno.DirEntry[]> {
    return (await Array.fromAsync(Deno.readDir(folder)))
      .sort((a, b) => a.name < b.name ? -1 : 1);
  }
  return {
    folder,
    events,
    send: (rows) => uplink.send(rows, NEVER),
    close: () => uplink.close(),
    names: async () => (await entries()).map(({ name }) => name),
    async bytes() {
      const sizes = (await entries()).map(async ({ name }) =>
        (await Deno.stat(`${folder}/${name}`)).size
      );
      return (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0);
    },
    async read() {
      const { code, stdout, stderr } = await new Deno.Command(
        PYTHON,
        { args: [`${PROJECT_ROOT}tests/uplink/read_files.py`, folder] },
      ).output();
      strictEqual(code, 0, new TextDecoder().decode(stderr));
      return JSON.parse(new TextDecoder().decode(stdout));
    },
    async [Symbol.asyncDispose]() {
      await uplink.close();
      if (existing === undefined) await Deno.remove(folder, { recursive: true });
    },
  };
}

function indexOf(bytes: Uint8Array, wanted: Uint8Array, from: number): number {
  for (let at = from; at + wanted.length <= bytes.length; at++) {
    if (wanted.every((byte, offset) => bytes[at + offset] === byte)) return at;
  }
  return -1;
}
