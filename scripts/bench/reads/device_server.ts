/**
 * Simulated devices that do as little as possible: every port answers reads from the
 * image of the benchmark. Runs as a process of its own.
 *
 * Usage: device_server.ts COUNT; prints the ports as JSON.
 *
 * @module
 */

import file from "../peers/rust/image.json" with { type: "json" };

const HEADER_SIZE = 6;
const REQUEST_SIZE = 12;
const registers = Uint16Array.from(file.registers);

/** The response to a read request. */
function answerTo(request: Uint8Array): Uint8Array {
  const asked = new DataView(request.buffer, request.byteOffset, request.byteLength);
  const first = asked.getUint16(8) - file.base;
  const count = asked.getUint16(10);
  const answer = new Uint8Array(HEADER_SIZE + 3 + 2 * count);
  const view = new DataView(answer.buffer);
  answer.set(request.subarray(0, 2));
  view.setUint16(4, 3 + 2 * count);
  answer.set(request.subarray(HEADER_SIZE, HEADER_SIZE + 2), HEADER_SIZE);
  answer[HEADER_SIZE + 2] = 2 * count;
  for (let nth = 0; nth < count; nth++) {
    view.setUint16(HEADER_SIZE + 3 + 2 * nth, registers[first + nth] ?? 0xffff);
  }
  return answer;
}

/** Answers requests, each of which arrives in one segment. */
async function serve(conn: Deno.TcpConn): Promise<void> {
  conn.setNoDelay(true);
  const buffer = new Uint8Array(512);
  try {
    while (await conn.read(buffer) === REQUEST_SIZE) {
      await conn.write(answerTo(buffer.subarray(0, REQUEST_SIZE)));
    }
  } catch {
    // The client has closed the connection.
  } finally {
    conn.close();
  }
}

async function listen(listener: Deno.TcpListener): Promise<void> {
  for await (const conn of listener) serve(conn);
}

const listeners = Array.from(
  { length: Number(Deno.args[0]) },
  () => Deno.listen({ hostname: "127.0.0.1", port: 0 }),
);
for (const listener of listeners) listen(listener);
const ports = listeners.map(({ addr }) => addr.port);
Deno.stdout.writeSync(new TextEncoder().encode(`${JSON.stringify(ports)}\n`));
