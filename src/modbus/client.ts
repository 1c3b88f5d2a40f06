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
import { createRtuPort, TRANSACTION_IDS } from "./rtu_port.ts";

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
  const port = createRtuPort(send);
  const client = new ModbusRTU(port);
  client.open();
  // The ids differ from those of the previous connection: a serial gateway may deliver a
  // late response, with its old id, to the current connection.
  port._transactionIdWrite = firstTransaction;
  let alive = true;
  /** The fault of a request after the end of the connection. */
  let lost: ModbusFault = { kind: "closed", detail: "before the request was sent" };
  let used = false;
  let pending: Pending | undefined;

  function end(fault: ModbusFault): void {
    pending?.settle(bad(fault));
    if (!alive) return;
    // A peer that sends data before the first request is not a Modbus device: SSH and
    // FTP servers do this.
    if (fault.kind === "protocol" && !used) lost = fault;
    alive = false;
    deadline.close();
    conn.close();
  }

  /** Sends a frame if it is the read in progress. */
  function send(frame: Uint8Array): void {
    const detail = pending === undefined
      ? "there is no request in progress"
      : validator.checkRequest(frame, pending.request);
    if (detail !== undefined) {
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
    else if (result.kind === "answer") port.deliver(result.frame);
    else if (result.kind === "exception") {
      pending?.settle(bad({ kind: "exception", code: result.code }));
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
    async exchange(request) {
      if (pending !== undefined) throw new Error("A request is already in progress");
      if (!alive) return bad(lost);
      const { promise, resolve } = Promise.withResolvers<Answer>();
      pending = { request, settle: resolve };
      deadline.set(request.timeoutMs);
      try {
        read(client, request, resolve);
        const answer = await promise;
        if (!answer.ok && answer.fault.kind !== "exception") end(answer.fault);
        else used = true;
        return answer;
      } finally {
        deadline.met();
        discardTransactions(client);
        pending = undefined;
      }
    },
    destroy: () => end(CLOSED_HERE),
  };
}

const CLOSED_HERE: ModbusFault = { kind: "closed", detail: "by the collector" };

/** The request in progress. */
interface Pending {
  readonly request: ReadRequest;
  readonly settle: (answer: Answer) => void;
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

/** The only calls of modbus-serial that send a request. */
function read(
  client: ModbusRTU,
  request: ReadRequest,
  settle: (answer: Answer) => void,
): void {
  const { unitId, functionCode, address, count } = request;
  const call = functionCode === 3 ? client.writeFC3 : client.writeFC4;
  call.call(client, unitId, address, count, (error: Error | null, result) => {
    // The frame validator has accepted the response; modbus-serial must accept it too.
    const detail = error !== null
      ? error.message
      : result.data.length !== count
      ? `${result.data.length} registers, requested ${count}`
      : undefined;
    settle(
      detail === undefined
        ? good(new Uint16Array(result.data))
        : bad({ kind: "protocol", detail }),
    );
  });
}

/**
 * Discards the transactions that modbus-serial keeps: the last 256 of a connection with
 * their answers, half a megabyte per device. None is in progress between two requests.
 */
function discardTransactions(client: ModbusRTU): void {
  (client as unknown as { _transactions: object })._transactions = {};
}

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
