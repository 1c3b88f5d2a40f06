/**
 * Which addresses of brokers a client has tried, to recognise an address that a broker
 * advertises and that cannot be reached: the client connects to a configured broker,
 * and the metadata of the cluster names another address (`advertised.listeners`). Pure.
 *
 * @module
 */

import { formatAddress, type HostPort } from "../../base/network/address.ts";
import type { SendFailure } from "../uplink.ts";

/** Error name of a failure because of an advertised address. */
export const ADVERTISED_UNREACHABLE = "ADVERTISED_UNREACHABLE";

/** Failures that an unreachable address can cause. */
const CONNECTION_FAILURES: ReadonlySet<string> = new Set(["UNREACHABLE", "TIMEOUT"]);

/** The addresses that a client has tried. */
export interface BrokerAddresses {
  /** The client begins to connect. */
  tried(address: HostPort): void;
  /** The broker has answered: a forwarding port without a broker accepts connections too. */
  answered(address: HostPort): void;
  /** The connection to this address was abandoned; it causes no later failure. */
  closed(address: HostPort): void;
  /**
   * The failure with its cause, if an advertised address cannot be reached: as
   * {@linkcode ADVERTISED_UNREACHABLE} if nothing was sent, as `TIMEOUT` if other brokers
   * had received rows. A failure of TLS gets the advertised address that it occurred at.
   * Other failures are unchanged.
   *
   * @param address where the failure occurred; absent = not known
   */
  explain(failure: SendFailure, address?: HostPort): SendFailure;
}

/**
 * Creates an empty record of addresses.
 *
 * @param configured the configured brokers; every other address is an advertised one.
 */
export function createBrokerAddresses(
  configured: readonly HostPort[],
): BrokerAddresses {
  const own = new Set(configured.map(nameOf));
  /** Advertised addresses without an answer, with the broker that advertised them. */
  const silent = new Map<string, { readonly host: string; readonly broker: string }>();
  let lastAnswered: string | null = null;

  return {
    tried(address) {
      const name = nameOf(address);
      if (own.has(name) || lastAnswered === null) return;
      silent.set(name, { host: address.host, broker: lastAnswered });
    },
    answered(address) {
      lastAnswered = nameOf(address);
      silent.delete(lastAnswered);
    },
    closed: (address) => void silent.delete(nameOf(address)),
    explain(failure, address) {
      const { errorName, detail } = failure;
      const place = address === undefined ? null : nameOf(address);
      const entries = [...silent].filter(([name]) => place === null || name === place);
      const culprit = entries.find(([name]) => detail.includes(name)) ??
        entries.find(([, { host }]) => detail.includes(host)) ?? entries[0];
      if (culprit === undefined) return failure;
      const [advertised, { broker }] = culprit;
      if (errorName.startsWith("TLS_")) {
        const where =
          `at the address ${advertised}, which the broker at ${broker} advertises`;
        return { errorName, detail: `${detail}; ${where}` };
      }
      if (!CONNECTION_FAILURES.has(errorName)) return failure;
      return {
        errorName: errorName === "TIMEOUT" ? errorName : ADVERTISED_UNREACHABLE,
        detail: describeAdvertised(advertised, broker, detail),
      };
    },
  };
}

/**
 * Text for people: who advertises which address, why it cannot be reached, what to do.
 *
 * @param advertised the address, `host:port`
 * @param broker the broker that answered, `host:port`
 */
export function describeAdvertised(
  advertised: string,
  broker: string,
  cause: string,
): string {
  return `the broker at ${broker} advertises the address ${advertised}, which cannot be reached (${cause}); ` +
    "change advertised.listeners of the broker to an address that this machine can reach";
}

function nameOf({ host, port }: HostPort): string {
  return formatAddress(host, port);
}
