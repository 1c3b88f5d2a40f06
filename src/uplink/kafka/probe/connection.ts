/**
 * Opens and closes TCP and TLS connections to a broker for `doctor`; tries all addresses
 * of its name, as the agent does.
 *
 * @module
 */

import { formatAddress } from "../../../base/network/address.ts";
import { limitSignal } from "../../../base/linked_signal.ts";
import { bad, good, type Result } from "../../../base/result.ts";
import { connectFirst, describeFailures } from "../../../platform/connect.ts";
import { resolveHost } from "../../../platform/resolve_host.ts";
import { SYSTEM_CLOCK } from "../../../platform/system_clock.ts";
import { orAbort } from "../../pump/wait.ts";
import { nameFailure } from "../errors.ts";
import { type KafkaOptions, MESSAGE_TIMEOUT_MS } from "../options.ts";
import type { SendFailure } from "../../uplink.ts";

/** The result of a step as text, or its failure. */
export type StepResult = Result<string, SendFailure>;

/** Opens and closes a TCP connection. */
export async function probeTcp(
  host: string,
  port: number,
  signal: AbortSignal,
): Promise<StepResult> {
  using limited = limitSignal(signal, SYSTEM_CLOCK, MESSAGE_TIMEOUT_MS);
  const startMs = SYSTEM_CLOCK.monotonicMs();
  const name = formatAddress(host, port);
  try {
    const addresses = await orAbort(resolveHost(host), limited.signal);
    if (addresses.length === 0) return unreachable(`host name ${host} not found`);
    const raced = await connectFirst(addresses, port, limited.signal);
    if (!raced.ok) {
      return unreachable(
        addresses.length === 1
          ? describeFailures(raced.fault.map(({ error }) => ({ address: name, error })))
          : `no address of ${name} accepts a connection: ${
            describeFailures(raced.fault)
          }`,
      );
    }
    const { address, connection } = raced.value;
    connection.close();
    const at = addresses.length === 1 ? "" : ` to ${address}`;
    return good(
      `connected${at} in ${(SYSTEM_CLOCK.monotonicMs() - startMs).toFixed(0)} ms`,
    );
  } catch (error) {
    signal.throwIfAborted();
    if (!limited.expired) throw error;
    return unreachable(`no answer from ${name} within ${MESSAGE_TIMEOUT_MS} ms`);
  }
}

/** Opens and closes a TLS connection with the configured certificates. */
export async function probeTls(
  host: string,
  port: number,
  options: KafkaOptions,
  signal: AbortSignal,
): Promise<StepResult> {
  using limited = limitSignal(signal, SYSTEM_CLOCK, MESSAGE_TIMEOUT_MS);
  let connection: Deno.TlsConn | undefined;
  try {
    const connecting = connectTls(host, port, options, limited.signal);
    connection = await orAbort(connecting, limited.signal);
    await orAbort(connection.handshake(), limited.signal);
    return good(
      options.cert === undefined
        ? "certificate trusted"
        : "certificate trusted, client certificate sent",
    );
  } catch (error) {
    signal.throwIfAborted();
    if (limited.expired) {
      return bad({
        errorName: "TLS_FAILURE",
        detail:
          `no answer within ${MESSAGE_TIMEOUT_MS} ms; check that this is a TLS port`,
      });
    }
    const { errorName, detail } = nameFailure(error, { produced: false });
    // A server without TLS closes the connection.
    return bad({
      errorName: errorName.startsWith("TLS_") ? errorName : "TLS_FAILURE",
      detail,
    });
  } finally {
    connection?.close();
  }
}

/**
 * Connects with TLS, to the first address that accepts.
 *
 * With a client certificate only the first address of the name is tried, because
 * `Deno.startTls` cannot send one; Node's TLS sockets do not report when the handshake is
 * complete.
 */
async function connectTls(
  host: string,
  port: number,
  { ca, cert, key }: KafkaOptions,
  signal: AbortSignal,
): Promise<Deno.TlsConn> {
  const trust = ca === undefined ? {} : { caCerts: [ca] };
  if (cert !== undefined && key !== undefined) {
    return await Deno.connectTls({ hostname: host, port, ...trust, cert, key });
  }
  const raced = await connectFirst(await resolveHost(host), port, signal);
  if (!raced.ok) throw new Error(describeFailures(raced.fault));
  return await Deno.startTls(raced.value.connection, { hostname: host, ...trust });
}

function unreachable(detail: string): StepResult {
  return bad({ errorName: "UNREACHABLE", detail });
}
