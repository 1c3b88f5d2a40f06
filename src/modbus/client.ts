/**
 * The door to the network: Modbus TCP connections, and reads alone.
 *
 * modbus-serial frames and decodes. What it leaves open is closed here: it takes
 * an exception from any unit for ours, waits by inactivity and keeps the
 * connection after a time-out. So a guard sees every byte before it does, one
 * timer holds the total deadline, and any fault but an exception closes the
 * connection.
 *
 * @module
 */

import modbusSerial from "modbus-serial";
import type { Clock } from "../base/clock.ts";
import { bad, good, type Result } from "../base/result.ts";
import { createDeadline } from "./deadline.ts";
import type { ModbusFault, UnreachableReason } from "./faults.ts";
import { createGuard } from "./frame_validator.ts";
import type { LinkTarget, ModbusLink, OpenLink } from "./connection.ts";
import type { ReadRequest } from "./reader.ts";
import { createRtuPort, TRANSACTIONS } from "./rtu_port.ts";

// A CommonJS module whose default export is itself: right by type and at run time.
const ModbusRTU = modbusSerial.default;
type ModbusRTU = InstanceType<typeof ModbusRTU>;

/** Room for the longest answer (260 bytes), and for what may be wrong behind it. */
const READ_SIZE = 512;

/** How far the first transaction of a connection is from that of the one before. */
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

/** Why the timer of a connect is called off; made once: a reason has a stack trace. */
const CONNECT_OVER = new Error("the connect is over");

type Answer = Result<Uint16Array, ModbusFault>;

/** Makes the function that opens real connections. */
export function createLinkOpener(clock: Clock): OpenLink {
  let firstTransaction = 0;
  return async (target, signal) => {
    const connected = await connect(target, clock, signal);
    if (!connected.ok) return bad(unreachable(target, connected.fault));
    firstTransaction = (firstTransaction + TRANSACTION_STRIDE) % TRANSACTIONS;
    const echoes = target.echoesTransactionId !== false;
    return good(createLink(connected.value, clock, firstTransaction, echoes));
  };
}

/**
 * Connects in time.
 *
 * @throws only the reason of `signal`.
 */
async function connect(
  { ip, port, connectTimeoutMs }: LinkTarget,
  clock: Clock,
  signal: AbortSignal,
): Promise<Result<Deno.TcpConn, UnreachableReason>> {
  signal.throwIfAborted();
  const over = new AbortController();
  const late = new AbortController();
  clock.sleep(connectTimeoutMs, over.signal).then(() => late.abort(), () => {});
  const either = AbortSignal.any([signal, late.signal]);
  try {
    const conn = await Deno.connect({ hostname: ip, port, signal: either });
    if (either.aborted) conn.close();
    either.throwIfAborted();
    conn.setNoDelay(true);
    conn.setKeepAlive(true);
    return good(conn);
  } catch (error) {
    signal.throwIfAborted();
    return bad(late.signal.aborted ? "timeout" : reasonOf(error));
  } finally {
    over.abort(CONNECT_OVER);
  }
}

/** Puts modbus-serial on a connection. */
function createLink(
  conn: Deno.TcpConn,
  clock: Clock,
  firstTransaction: number,
  echoes: boolean,
): ModbusLink {
  const guard = createGuard(echoes);
  const deadline = createDeadline(
    clock,
    (elapsedMs) => die({ kind: "timeout", elapsedMs }),
  );
  const port = createRtuPort(send);
  const client = new ModbusRTU(port);
  client.open();
  // Not from the same number as on the connection before: a serial gateway may
  // hand over a late answer, with its old number, to whoever is connected now.
  port._transactionIdWrite = firstTransaction;
  let alive = true;
  /** What a request is told that comes too late. */
  let lost: ModbusFault = { kind: "closed", detail: "before the request was sent" };
  let used = false;
  let pending: Pending | undefined;

  function die(fault: ModbusFault): void {
    pending?.settle(bad(fault));
    if (!alive) return;
    // Who speaks before anything was asked is no Modbus device: SSH and FTP do.
    if (fault.kind === "protocol" && !used) lost = fault;
    alive = false;
    deadline.close();
    conn.close();
  }

  /** Lets nothing out that is not the read under way. */
  function send(frame: Uint8Array): void {
    const wrong = pending === undefined
      ? "nothing was asked for"
      : guard.sent(frame, pending.request);
    if (wrong !== undefined) {
      die({ kind: "closed", detail: "by us" });
      throw new Error(`Nothing but a read may leave: ${wrong}`);
    }
    conn.write(frame).then((count) => {
      if (count < frame.length) die({ kind: "closed", detail: "within the request" });
    }, (error) => die({ kind: "closed", detail: codeOf(error) }));
  }

  async function listen(): Promise<void> {
    const bytes = new Uint8Array(READ_SIZE);
    for (;;) {
      let count: number | null;
      try {
        count = await conn.read(bytes);
      } catch (error) {
        return die({ kind: "closed", detail: codeOf(error) });
      }
      if (!alive) return;
      if (count === null) return die({ kind: "closed", detail: "by the device" });
      hear(bytes.subarray(0, count));
    }
  }

  function hear(bytes: Uint8Array): void {
    const verdict = guard.received(bytes);
    if (verdict.is === "fault") die({ kind: "protocol", detail: verdict.detail });
    else if (verdict.is === "answer") port.deliver(verdict.frame);
    else if (verdict.is === "exception") {
      pending?.settle(bad({ kind: "exception", code: verdict.code }));
    }
  }

  listen();

  return {
    get alive() {
      return alive;
    },
    get used() {
      return used;
    },
    async exchange(request) {
      if (pending !== undefined) throw new Error("A request is already under way");
      if (!alive) return bad(lost);
      const { promise, resolve } = Promise.withResolvers<Answer>();
      pending = { request, settle: resolve };
      deadline.set(request.timeoutMs);
      try {
        ask(client, request, resolve);
        const answer = await promise;
        if (!answer.ok && answer.fault.kind !== "exception") die(answer.fault);
        else used = true;
        return answer;
      } finally {
        deadline.met();
        forgetTransactions(client);
        pending = undefined;
      }
    },
    destroy() {
      die({ kind: "closed", detail: "by us" });
    },
  };
}

/** The request under way. */
interface Pending {
  readonly request: ReadRequest;
  readonly settle: (answer: Answer) => void;
}

/** The only two calls of modbus-serial that this program makes on a connection. */
function ask(
  client: ModbusRTU,
  request: ReadRequest,
  settle: (answer: Answer) => void,
): void {
  const { unitId, functionCode, address, count } = request;
  const read = functionCode === 3 ? client.writeFC3 : client.writeFC4;
  read.call(client, unitId, address, count, (error: Error | null, result) => {
    // The guard has let the answer pass; modbus-serial must find nothing either.
    const detail = error !== null
      ? error.message
      : result.data.length !== count
      ? `${result.data.length} registers, asked for ${count}`
      : undefined;
    settle(
      detail === undefined
        ? good(new Uint16Array(result.data))
        : bad({ kind: "protocol", detail }),
    );
  });
}

/**
 * modbus-serial keeps the last 256 transactions of a connection with all that
 * they gave: half a megabyte for each device. Between two requests none is
 * under way.
 */
function forgetTransactions(client: ModbusRTU): void {
  (client as unknown as { _transactions: object })._transactions = {};
}

function unreachable(target: LinkTarget, why: UnreachableReason): ModbusFault {
  const host = target.ip.includes(":") ? `[${target.ip}]` : target.ip;
  return { kind: "unreachable", address: `${host}:${target.port}`, why };
}

function reasonOf(error: unknown): UnreachableReason {
  return REASONS[codeOf(error)] ?? "other";
}

function codeOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return "code" in error && typeof error.code === "string" ? error.code : error.message;
}
