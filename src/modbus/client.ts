/**
 * The door to the network: Modbus TCP connections by npm:modbus-serial, and
 * reads alone.
 *
 * modbus-serial frames, matches and decodes. What it leaves open is closed
 * here: it takes an exception from any unit for ours, stays out of step after a
 * frame that is shorter than its header says, waits by inactivity and keeps
 * the connection after a time-out. So a {@linkcode Guard} sees every byte
 * before it does, one timer holds the total deadline, and any fault but an
 * exception destroys the connection.
 *
 * @module
 */

import { Socket } from "node:net";
import modbusSerial from "modbus-serial";
import type { Clock } from "../base/clock.ts";
import { bad, good, type Result } from "../base/result.ts";
import type { ModbusFault, UnreachableReason } from "./faults.ts";
import { createGuard, type Guard } from "./guard.ts";
import type { LinkTarget, ModbusLink, OpenLink } from "./link.ts";
import type { ReadRequest } from "./reader.ts";

// A CommonJS module whose default export is itself: right by type and at run time.
const ModbusRTU = modbusSerial.default;
type ModbusRTU = InstanceType<typeof ModbusRTU>;

/** Idle time after which the kernel asks whether the peer is still there, in ms. */
const KEEPALIVE_MS = 30_000;

/** modbus-serial counts transactions modulo this. */
const TRANSACTIONS = 256;

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

/** Why a deadline is called off; made once, since an abort without a reason makes a stack trace. */
const ANSWERED = new Error("the request is over");

type Answer = Result<Uint16Array, ModbusFault>;

/** Makes the function that opens real connections. */
export function createLinkOpener(clock: Clock): OpenLink {
  let firstTransaction = 0;
  return async (target, signal) => {
    signal.throwIfAborted();
    const socket = new Socket();
    const why = await connect(socket, target, clock, signal);
    if (why !== undefined) return bad(unreachable(target, why));
    firstTransaction = (firstTransaction + TRANSACTION_STRIDE) % TRANSACTIONS;
    const link = await createLink(socket, target.port, clock, firstTransaction);
    return link === undefined ? bad(unreachable(target, "reset")) : good(link);
  };
}

/**
 * Connects, or destroys the socket.
 *
 * @returns why it did not; undefined if it did.
 */
async function connect(
  socket: Socket,
  target: LinkTarget,
  clock: Clock,
  signal: AbortSignal,
): Promise<UnreachableReason | undefined> {
  const done = new AbortController();
  const { promise, resolve, reject } = Promise.withResolvers<
    UnreachableReason | undefined
  >();
  const abort = (): void => reject(signal.reason);
  signal.addEventListener("abort", abort, { once: true });
  // This listener stays: an error after the socket is given up is nobody's news.
  socket.on("error", (error) => resolve(reasonOf(error)));
  socket.once("close", () => resolve("reset"));
  socket.once("connect", () => resolve(undefined));
  clock.sleep(target.connectTimeoutMs, done.signal)
    .then(() => resolve("timeout"), () => {});
  let connected = false;
  try {
    socket.connect({ host: target.ip, port: target.port });
    const why = await promise;
    connected = why === undefined;
    return why;
  } finally {
    done.abort();
    signal.removeEventListener("abort", abort);
    if (!connected) socket.destroy();
  }
}

/** Puts modbus-serial on a connected socket; undefined if that closed meanwhile. */
async function createLink(
  socket: Socket,
  port: number,
  clock: Clock,
  firstTransaction: number,
): Promise<ModbusLink | undefined> {
  const guard = createGuard();
  let dead = false;
  let used = false;
  let pending: Pending | undefined;

  function die(fault: ModbusFault): void {
    dead = true;
    pending?.settle(bad(fault));
    socket.destroy();
  }

  socket.setNoDelay(true);
  socket.setKeepAlive(true, KEEPALIVE_MS);
  // Listens before modbus-serial does, so the guard's word is there first.
  socket.on("data", (bytes: Uint8Array) => {
    if (dead) return;
    const verdict = guard.received(bytes);
    if (verdict.is === "fault") die({ kind: "protocol", detail: verdict.detail });
    else if (verdict.is === "answer") pending?.trust();
    else if (verdict.is === "exception") {
      pending?.settle(bad({ kind: "exception", code: verdict.code }));
    }
  });
  socket.on("end", () => die({ kind: "closed", detail: "by the device" }));
  socket.on("error", (error) => die({ kind: "closed", detail: codeOf(error) }));
  socket.on("close", () => die({ kind: "closed", detail: "by the device" }));

  const client = new ModbusRTU();
  try {
    await client.linkTCP(socket, { port });
  } catch {
    socket.destroy();
    return undefined;
  }
  startTransactionsAt(client, firstTransaction);
  watchWrites(socket, guard, () => pending);

  return {
    get alive() {
      return !dead && !socket.destroyed;
    },
    get used() {
      return used;
    },
    async exchange(request) {
      if (pending !== undefined) throw new Error("A request is already under way");
      if (dead || socket.destroyed) {
        return bad({ kind: "closed", detail: "before the request was sent" });
      }
      const startMs = clock.monotonicMs();
      const deadline = new AbortController();
      const mine = pending = createPending(request);
      clock.sleep(request.timeoutMs, deadline.signal).then(() => {
        die({ kind: "timeout", elapsedMs: clock.monotonicMs() - startMs });
      }, () => {});
      ask(client, request).then((registers) => mine.decoded(registers), (error) => {
        if (mine.trusted) {
          die({ kind: "protocol", detail: String(error?.message ?? error) });
        } else if (error?.name === "PortNotOpenError") {
          die({ kind: "closed", detail: "before the request was sent" });
        } // Else the guard has spoken, or the deadline will.
      });
      try {
        const answer = await mine.promise;
        if (!answer.ok && answer.fault.kind !== "exception") die(answer.fault);
        else used = true;
        return answer;
      } finally {
        deadline.abort(ANSWERED);
        forgetTransactions(client);
        pending = undefined;
      }
    },
    destroy() {
      die({ kind: "closed", detail: "by us" });
    },
  };
}

/** One request under way: it is answered when guard and modbus-serial both say so. */
interface Pending {
  readonly request: ReadRequest;
  readonly promise: Promise<Answer>;
  readonly trusted: boolean;
  settle(answer: Answer): void;
  refuse(bug: Error): void;
  trust(): void;
  decoded(registers: readonly number[]): void;
}

function createPending(request: ReadRequest): Pending {
  const { promise, resolve, reject } = Promise.withResolvers<Answer>();
  let trusted = false;
  return {
    request,
    promise,
    get trusted() {
      return trusted;
    },
    settle: resolve,
    refuse: reject,
    trust() {
      trusted = true;
    },
    decoded(registers) {
      if (!trusted) return;
      if (registers.length === request.count) {
        resolve(good(Uint16Array.from(registers)));
      } else {
        const detail = `${registers.length} registers, asked for ${request.count}`;
        resolve(bad({ kind: "protocol", detail }));
      }
    },
  };
}

/** The only two calls of modbus-serial that this program makes on a connection. */
async function ask(
  client: ModbusRTU,
  request: ReadRequest,
): Promise<readonly number[]> {
  client.setID(request.unitId);
  const { data } = request.functionCode === 3
    ? await client.readHoldingRegisters(request.address, request.count)
    : await client.readInputRegisters(request.address, request.count);
  return data;
}

/** Lets nothing out that is not the read under way, whoever writes it. */
function watchWrites(
  socket: Socket,
  guard: Guard,
  pending: () => Pending | undefined,
): void {
  const write = socket.write.bind(socket);
  const watched = (bytes: Uint8Array): boolean => {
    const current = pending();
    const wrong = current === undefined
      ? "nothing was asked for"
      : guard.sent(bytes, current.request);
    if (wrong === undefined) return write(bytes);
    current?.refuse(new Error(`Nothing but a read may leave: ${wrong}`));
    socket.destroy();
    return true;
  };
  socket.write = watched as typeof socket.write;
}

/**
 * Lets the transactions of a new connection begin elsewhere than those of the
 * last one: a serial gateway may hand over a late answer, with its old number,
 * to whoever is connected now.
 */
function startTransactionsAt(client: ModbusRTU, first: number): void {
  const { _port: port } = client as unknown as {
    readonly _port: { _transactionIdWrite: number };
  };
  port._transactionIdWrite = first;
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

function reasonOf(error: Error): UnreachableReason {
  return REASONS[codeOf(error)] ?? "other";
}

function codeOf(error: Error): string {
  return "code" in error && typeof error.code === "string" ? error.code : error.message;
}
