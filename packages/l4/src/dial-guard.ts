// Which addresses are never dialled, whatever a name means. It is asked where the name is looked up: between the check and the connect nothing changes.
import type { EndpointAddress, OptionsReader, ProxyError } from '@sluice/core';
import { lookup as systemLookup, type LookupAddress } from 'node:dns';
import { isIP, type LookupFunction } from 'node:net';
import { readAddressList, type AddressList } from './address-list.ts';
import { l4Error } from './errors.ts';
import { isLoopbackName, loopbackLookup } from './loopback-lookup.ts';

/** Which addresses may be dialled. Names are judged by the addresses that they mean at that moment (no SSRF, no DNS rebinding). */
export interface DialRules {
  /** The only networks that are dialled. @defaultValue all */
  readonly allow?: readonly string[];
  /**
   * Networks that are never dialled, such as `non-public` when endpoints' names come from outside: addresses, CIDRs, `loopback`, `private`,
   * `link-local`, `non-public`, `unix`. Goes before `allow`. @defaultValue none
   */
  readonly deny?: readonly string[];
}

/** Whether the system's lookup is enough for a dial, and what stands in for it if not. */
export class DialGuard {
  readonly #allow: AddressList | undefined;
  readonly #deny: AddressList | undefined;
  readonly #lookup: LookupFunction;

  /** @param lookup - What knows the addresses of a name. */
  constructor(allow: AddressList | undefined, deny: AddressList | undefined, lookup: LookupFunction = systemLookup) {
    this.#allow = allow;
    this.#deny = deny;
    this.#lookup = lookup;
  }

  /**
   * Checks an endpoint that has no name, and gives the lookup for one that has.
   *
   * @throws ProxyError `SLUICE_ADDRESS_DENIED`
   */
  lookupFor(address: EndpointAddress): LookupFunction | undefined {
    const isNamed = address.kind === 'tcp' && isIP(address.host) === 0;
    const lookup = isNamed && isLoopbackName(address.host) ? loopbackLookup : undefined;
    if (this.#allow === undefined && this.#deny === undefined) return lookup;
    if (isNamed) return this.#guarded(lookup ?? this.#lookup, address.href);
    if (!this.#permits(address.kind === 'unix' ? '' : address.host)) throw addressDenied(address.href);
    return undefined;
  }

  #permits(address: string): boolean {
    return this.#deny?.has(address) !== true && this.#allow?.has(address) !== false;
  }

  #guarded(lookup: LookupFunction, href: string): LookupFunction {
    return (host, options, callback) => {
      lookup(host, { ...options, all: true }, (error, found) => {
        if (error !== null) return callback(error, []);
        const permitted = (found as LookupAddress[]).filter(({ address }) => this.#permits(address));
        if (permitted.length === 0) callback(addressDenied(href), []);
        else callback(null, permitted);
      });
    };
  }
}

/** Reads `DialRules` among other options. */
export function readDialGuard(reader: OptionsReader): DialGuard {
  const read = (key: 'allow' | 'deny'): AddressList | undefined =>
    reader.has(key) ? readAddressList(reader, key) : undefined;
  return new DialGuard(read('allow'), read('deny'));
}

/** The rules as they were given, for a part that makes a dialer of them. That one checks them. */
export function passDialRules(reader: OptionsReader): DialRules {
  const { allow, deny } = { allow: reader.raw('allow'), deny: reader.raw('deny') } as DialRules;
  return { ...(allow !== undefined && { allow }), ...(deny !== undefined && { deny }) };
}

function addressDenied(href: string): ProxyError {
  return l4Error('SLUICE_ADDRESS_DENIED', `${href} is at an address that must not be dialled`);
}
