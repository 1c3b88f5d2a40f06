/**
 * A TCP server that behaves towards a Modbus client as a test specifies, byte by byte.
 *
 * @module
 */

/** A request, as received. */
export interface RawRequest {
  readonly transactionId: number;
  readonly unitId: number;
  readonly functionCode: number;
  readonly address: number;
  readonly count: number;
}

/** The server's end of one connection. */
export interface RawConnection {
  /** 1 for the first connection that the peer accepted. */
  readonly number: number;
  /** The next request; undefined after the client has closed. */
  request(): Promise<RawRequest | undefined>;
  /** Sends bytes; false after the client has closed. */
  send(bytes: Uint8Array): Promise<boolean>;
  close(): void;
}

/** A running peer. */
export interface RawPeer {
  readonly port: number;
  /** Number of accepted connections. */
  readonly accepted: number;
  /** Every request received. */
  readonly requests: readonly RawRequest[];
  close(): Promise<void>;
}

/** Maximum number of accepted connections, so that a test always ends. */
const CONNECTIONS_MAX = 1_000;

/** Starts a peer on a free port; `behave` is called for each connection. */
export function startRawPeer(
  behave: (connection: RawConnection) => Promise<void>,
): RawPeer {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const requests: RawRequest[] = [];
  const open = new Set<Deno.TcpConn>();
  const running = new Set<Promise<void>>();
  let accepted = 0;

  const accepting = (async () => {
    while (accepted < CONNECTIONS_MAX) {
      const conn = await listener.accept().catch(() => undefined);
      if (conn === undefined) return;
      open.add(conn);
      const served = behave(wrap(conn, ++accepted, requests))
        .finally(() => {
          open.delete(conn);
          quietly(() => conn.close());
        });
      running.add(served);
      served.finally(() => running.delete(served));
    }
  })();

  return {
    port: listener.addr.port,
    get accepted() {
      return accepted;
    },
    requests,
    async close() {
      quietly(() => listener.close());
      for (const conn of open) quietly(() => conn.close());
      await accepting;
      await Promise.all(running);
    },
  };
}

function wrap(
  conn: Deno.TcpConn,
  number: number,
  requests: RawRequest[],
): RawConnection {
  const buffer = new Uint8Array(12);
  return {
    number,
    async request() {
      for (let have = 0; have < buffer.length;) {
        const got = await conn.read(buffer.subarray(have)).catch(() => null);
        if (got === null) return undefined;
        have += got;
      }
      const view = new DataView(buffer.buffer);
      const request: RawRequest = {
        transactionId: view.getUint16(0),
        unitId: view.getUint8(6),
        functionCode: view.getUint8(7),
        address: view.getUint16(8),
        count: view.getUint16(10),
      };
      requests.push(request);
      return request;
    },
    async send(bytes) {
      try {
        for (let sent = 0; sent < bytes.length;) {
          sent += await conn.write(bytes.subarray(sent));
        }
        return true;
      } catch {
        return false;
      }
    },
    close: () => quietly(() => conn.close()),
  };
}

/** Faults to put into an answer. */
export interface AnswerOptions {
  readonly transactionId?: number;
  readonly protocolId?: number;
  readonly unitId?: number;
  readonly functionCode?: number;
  readonly byteCount?: number;
  /** Length field of the header. */
  readonly length?: number;
}

/** Expected value of a register, derived from its address. */
export function registerAt(address: number): number {
  return (address * 31 + 7) % 65_536;
}

/** The correct answer to a request, with the faults of `wrong`. */
export function answerTo(
  request: RawRequest,
  wrong: AnswerOptions = {},
  registers: (address: number) => number = registerAt,
): Uint8Array {
  const bytes = new Uint8Array(9 + 2 * request.count);
  const view = new DataView(bytes.buffer);
  view.setUint16(0, wrong.transactionId ?? request.transactionId);
  view.setUint16(2, wrong.protocolId ?? 0);
  view.setUint16(4, wrong.length ?? 3 + 2 * request.count);
  view.setUint8(6, wrong.unitId ?? request.unitId);
  view.setUint8(7, wrong.functionCode ?? request.functionCode);
  view.setUint8(8, wrong.byteCount ?? 2 * request.count);
  for (let at = 0; at < request.count; at++) {
    view.setUint16(9 + 2 * at, registers(request.address + at));
  }
  return bytes;
}

/** An exception response to a request. */
export function exceptionTo(
  request: RawRequest,
  code: number,
  unitId: number = request.unitId,
): Uint8Array {
  const { transactionId, functionCode } = request;
  return Uint8Array.of(
    transactionId >> 8,
    transactionId & 0xff,
    0,
    0,
    0,
    3,
    unitId,
    functionCode | 0x80,
    code,
  );
}

/** Answers every request correctly until the client closes. */
export async function behaveWell(connection: RawConnection): Promise<void> {
  for (let served = 0; served < 100_000; served++) {
    const request = await connection.request();
    if (request === undefined) return;
    if (!await connection.send(answerTo(request))) return;
  }
}

function quietly(action: () => void): void {
  try {
    action();
  } catch {
    // Already closed.
  }
}
