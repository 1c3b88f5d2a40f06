/**
 * The adapter to the network: Modbus TCP connections that only read.
 *
 * modbus-serial encodes and decodes frames. It accepts an exception of any unit, bases
 * its timeout on inactivity and keeps the connection after a timeout. Therefore a frame
 * validator checks every byte first, one timer enforces the total deadline, and any fault
 * except an exception closes the connection.
 *
 * @module
 */

import { formatAddress } from "../base/network/address.ts";
import { limitSignal } from "../base/linked_signal.ts";
import modbusSerial from "modbus-serial";
import type { Clock } from "../base/clock.ts";
import { bad, good, type Result } from "../base/result.ts";
import { createDeadline } from "./deadline.ts";
import type { ModbusFault, UnreachableReason } from "./faults.ts";
import { createFrameValidator } from "./frame_validator.ts";
import type {
  ConnectionTarget,
  ModbusConnection,
  OpenConnection,
} from "./connection.ts";
import type { ReadRequest } from "./reader.ts";
import { createRtuPort, type RtuPort, TRANSACTION_IDS } from "./rtu_port.ts";

// A CommonJS module whose default export is the module itself, by type and at run time.
const ModbusRTU = modbusSerial.default;
type ModbusRTU = InstanceType<typeof ModbusRTU>;

/** Size of the receive buffer in bytes: the longest response has 260. */
const READ_SIZE = 512;

/** Difference between the first transaction ids of two successive connections. */
const TRANSACTION_STRIDE = 89;

const REASONS: Readonly<Record<string, UnreachableReason>> = {
  ECONNREFUSED: "refused",
  ETIMEDOUT: "timeout",
  EHOSTUNREACH: "no-route",
  ENETUNREACH: "no-route",
  EHOSTDOWN: "no-route",
  ENETDOWN: "no-route",
  EADDRNOTAVAIL: "no-route",
  ENOTFOUND: "unknown-host",
  EAI_AGAIN: "unknown-host",
  ECONNRESET: "reset",
  ECONNABORTED: "reset",
  EPIPE: "reset",
};

type Answer = Result<Uint16Array, ModbusFault>;

/** Makes the function that opens TCP connections. */
export function createConnectionOpener(clock: Clock): OpenConnection {
  let firstTransaction = 0;
  return async (target, signal) => {
    const connected = await connect(target, clock, signal);
    if (!connected.ok) return bad(unreachable(target, connected.fault));
    firstTransaction = (firstTransaction + TRANSACTION_STRIDE) % TRANSACTION_IDS;
    const echoes = target.echoesTransactionId !== false;
    return good(createConnection(connected.value, clock, firstTransaction, echoes));
  };
}

/**
 * Connects within the timeout.
 *
 * @throws the reason of `signal` if it is aborted.
 */
async function connect(
  { ip, port, connectTimeoutMs }: ConnectionTarget,
  clock: Clock,
  signal: AbortSignal,
): Promise<Result<Deno.TcpConn, UnreachableReason>> {
  signal.throwIfAborted();
  using limited = limitSignal(signal, clock, connectTimeoutMs);
  try {
    const conn = await Deno.connect({ hostname: ip, port, signal: limited.signal });
    if (limited.signal.aborted) conn.close();
    limited.signal.throwIfAborted();
    conn.setNoDelay(true);
    conn.setKeepAlive(true);
    return good(conn);
  } catch (error) {
    signal.throwIfAborted();
    return bad(limited.expired ? "timeout" : reasonOf(error));
  }
}

/** Makes a Modbus connection on a TCP connection. */
function createConnection(
  conn: Deno.TcpConn,
  clock: Clock,
  firstTransaction: number,
  echoes: boolean,
): ModbusConnection {
  const validator = createFrameValidator(echoes);
  const deadline = createDeadline(
    clock,
    (elapsedMs) => end({ kind: "timeout", elapsedMs }),
  );
  // The ids differ from those of the previous connection: a serial gateway may deliver a
  // late response, with its old id, to the current connection.
  const codec = createRequestCodec(createRtuPort(firstTransaction, send));
  let alive = true;
  /** The fault of a request after the end of the connection. */
  let lost: ModbusFault = { kind: "closed", detail: "before the request was sent" };
  let used = false;
  let pending: Pending | undefined;

  /** Ends the request in progress, and with it the connection unless the device answered. */
  function complete(answer: Answer): void {
    if (!answer.ok && answer.fault.kind !== "exception") return end(answer.fault);
    used = true;
    settle(answer);
  }

  function settle(answer: Answer): void {
    const settled = pending?.settled;
    pending = undefined;
    deadline.met();
    settled?.(answer);
  }

  function end(fault: ModbusFault): void {
    if (!alive) return;
    // A peer that sends data before the first request is not a Modbus device: SSH and
    // FTP servers do this.
    if (fault.kind === "protocol" && !used) lost = fault;
    alive = false;
    conn.close();
    settle(bad(fault));
  }

  /** Sends a frame if it is the read in progress. */
  function send(frame: Uint8Array): void {
    const detail = pending === undefined
      ? "there is no request in progress"
      : validator.checkRequest(frame, pending.request);
    if (detail !== undefined) {
      pending = undefined; // this error is its outcome
      end(CLOSED_HERE);
      throw new Error(
        `Frame not sent, only the requested read is permitted: ${detail}`,
      );
    }
    write(conn, frame, end);
  }

  function received(bytes: Uint8Array): void {
    if (!alive) return;
    const result = validator.received(bytes);
    if (result.kind === "fault") end({ kind: "protocol", detail: result.detail });
    else if (result.kind === "answer") complete(codec.decode(result.frame));
    else if (result.kind === "exception") {
      complete(bad({ kind: "exception", code: result.code }));
    }
  }

  receive(conn, received, end);

  return {
    get alive() {
      return alive;
    },
    get used() {
      return used;
    },
    exchange(request, settled) {
      if (pending !== undefined) throw new Error("A request is already in progress");
      if (!alive) return settled(bad(lost));
      pending = { request, settled };
      deadline.set(request.timeoutMs);
      codec.send(request);
    },
    destroy: () => end(CLOSED_HERE),
  };
}

const CLOSED_HERE: ModbusFault = { kind: "closed", detail: "by the collector" };

/** The request in progress. */
interface Pending {
  readonly request: ReadRequest;
  readonly settled: (answer: Answer) => void;
}

/** Passes on received bytes until the connection ends. */
async function receive(
  conn: Deno.TcpConn,
  received: (bytes: Uint8Array) => void,
  ended: (fault: ModbusFault) => void,
): Promise<void> {
  const buffer = new Uint8Array(READ_SIZE);
  for (;;) {
    let count: number | null;
    try {
      count = await conn.read(buffer);
    } catch (error) {
      return ended({ kind: "closed", detail: codeOf(error) });
    }
    if (count === null) return ended({ kind: "closed", detail: "by the device" });
    received(buffer.subarray(0, count));
  }
}

function write(
  conn: Deno.TcpConn,
  frame: Uint8Array,
  ended: (fault: ModbusFault) => void,
): void {
  conn.write(frame).then((count) => {
    if (count < frame.length) ended({ kind: "closed", detail: "within the request" });
  }, (error) => ended({ kind: "closed", detail: codeOf(error) }));
}

/** The use of modbus-serial: it forms the requests of a connection and parses the responses. */
interface RequestCodec {
  /** Forms a request and sends it through the port. */
  send(request: ReadRequest): void;
  /** Parses the complete response to the last request. */
  decode(frame: Uint8Array): Answer;
}

function createRequestCodec(port: RtuPort): RequestCodec {
  const client = new ModbusRTU(port);
  client.open();
  let count = 0;
  let answer: Answer = NOT_PARSED;

  /** The frame validator has accepted the response; modbus-serial must accept it too. */
  function parsed(error: Error | null, result: { readonly data: number[] }): void {
    const detail = error !== null
      ? error.message
      : result.data.length !== count
      ? `${result.data.length} registers, requested ${count}`
      : undefined;
    answer = detail === undefined
      ? good(new Uint16Array(result.data))
      : bad({ kind: "protocol", detail });
  }

  return {
    /** The only calls of modbus-serial that send a request. */
    send(request) {
      const { unitId, functionCode, address } = request;
      count = request.count;
      if (functionCode === 3) client.writeFC3(unitId, address, count, parsed);
      else client.writeFC4(unitId, address, count, parsed);
    },
    decode(frame) {
      answer = NOT_PARSED;
      port.deliver(frame);
      return answer;
    },
  };
}

const NOT_PARSED: Answer = bad({
  kind: "protocol",
  detail: "modbus-serial did not parse it",
});

function unreachable(target: ConnectionTarget, why: UnreachableReason): ModbusFault {
  return { kind: "unreachable", address: formatAddress(target.ip, target.port), why };
}

function reasonOf(error: unknown): UnreachableReason {
  return REASONS[codeOf(error)] ?? "other";
}

function codeOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return "code" in error && typeof error.code === "string" ? error.code : error.message;
}
