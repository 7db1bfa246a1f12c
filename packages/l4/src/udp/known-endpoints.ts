// What a proxy knows about endpoints besides their upstream: the IP addresses of their names, and when they last said anything.
import type { Clock, Endpoint, EndpointAddress } from '@sluice/core';
import { lookup as systemLookup, type LookupAddress } from 'node:dns';
import { isIP } from 'node:net';
import { isLoopbackName, loopbackLookup } from '../loopback-lookup.ts';
import type { IpAddress } from './datagram-socket.ts';

/** Where datagrams can be sent: not to Unix sockets, and there is no TLS. */
export type DatagramAddress = Extract<EndpointAddress, { readonly kind: 'tcp' }>;

/** Whether an endpoint has such an address. */
export function isDatagramEndpoint({ address }: Endpoint): boolean {
  return address.kind === 'tcp' && !address.secure;
}

/** Finds the addresses of a name. */
export type LookupName = (host: string) => Promise<readonly IpAddress[]>;

/** How long the addresses of a name are used: nothing tells a datagram socket that they have changed. */
const addressesLastMs = 30_000;

/** One endpoint. */
export interface KnownEndpoint {
  /** When a reply of it last came, to whomever; `-Infinity` before the first one. */
  repliedMs: number;
  /** Where to send: at once when that is known. Rejects with the system's error when the name has no address. */
  resolve(): IpAddress | Promise<IpAddress>;
  /** Nobody is at an address. @returns whether its name has another one, which is used from now on */
  leave(ip: IpAddress): boolean;
}

/** Those that the proxy has sent to. They are forgotten with their upstream. */
export class KnownEndpoints {
  readonly #known = new WeakMap<DatagramAddress, KnownEndpoint>();
  readonly #clock: Clock;
  readonly #lookup: LookupName;

  constructor(clock: Clock, lookup: LookupName = lookupName) {
    this.#clock = clock;
    this.#lookup = lookup;
  }

  find(address: DatagramAddress): KnownEndpoint {
    let known = this.#known.get(address);
    if (known !== undefined) return known;
    const family = isIP(address.host);
    known =
      family === 4 || family === 6
        ? new LiteralEndpoint({ address: address.host, family })
        : new NamedEndpoint(address.host, this.#clock, this.#lookup);
    this.#known.set(address, known);
    return known;
  }
}

class LiteralEndpoint implements KnownEndpoint {
  repliedMs = -Infinity;
  readonly #ip: IpAddress;

  constructor(ip: IpAddress) {
    this.#ip = ip;
  }

  resolve(): IpAddress {
    return this.#ip;
  }

  leave(): boolean {
    return false;
  }
}

class NamedEndpoint implements KnownEndpoint {
  repliedMs = -Infinity;
  readonly #host: string;
  readonly #clock: Clock;
  readonly #lookup: LookupName;
  #addresses: readonly IpAddress[] = [];
  #current = 0;
  /** How many addresses were left since the last look-up. */
  #left = 0;
  #expiresMs = -Infinity;
  #pending: Promise<IpAddress> | undefined;

  constructor(host: string, clock: Clock, lookup: LookupName) {
    this.#host = host;
    this.#clock = clock;
    this.#lookup = lookup;
  }

  resolve(): IpAddress | Promise<IpAddress> {
    const ip = this.#addresses[this.#current];
    if (ip !== undefined && this.#clock.now() < this.#expiresMs) return ip;
    this.#pending ??= this.#ask().finally(() => (this.#pending = undefined));
    return this.#pending;
  }

  leave(ip: IpAddress): boolean {
    // Other sessions have seen the same, and left it already.
    if (this.#addresses[this.#current]?.address !== ip.address) return true;
    this.#current = (this.#current + 1) % this.#addresses.length;
    this.#left++;
    // After a full turn it is the endpoint that is no good; then all addresses have a chance again.
    return this.#left % this.#addresses.length !== 0;
  }

  async #ask(): Promise<IpAddress> {
    const before = this.#addresses[this.#current]?.address;
    const addresses = await this.#lookup(this.#host);
    const current = Math.max(
      0,
      addresses.findIndex(({ address }) => address === before),
    );
    const ip = addresses[current];
    if (ip === undefined) throw new Error(`${this.#host} has no address`);
    this.#addresses = addresses;
    this.#current = current;
    this.#left = 0;
    this.#expiresMs = this.#clock.now() + addressesLastMs;
    return ip;
  }
}

/** Asks the system, as `net.connect` does. */
function lookupName(host: string): Promise<readonly IpAddress[]> {
  const lookup = isLoopbackName(host) ? loopbackLookup : systemLookup;
  return new Promise((resolve, reject) => {
    lookup(host, { all: true }, (error, found) => {
      if (error !== null) reject(error);
      else
        resolve((found as LookupAddress[]).map(({ address, family }) => ({ address, family: family === 6 ? 6 : 4 })));
    });
  });
}
