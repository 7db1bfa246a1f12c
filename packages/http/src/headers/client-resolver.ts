// Finds out who is behind a connection when proxies stand in front of us, believing only those that are trusted.
import { createAddressList } from '@sluice/l4';
import { isIP } from 'node:net';
import { parseForwarded, parseNode } from './forwarded.ts';
import type { HeaderList } from './header-list.ts';
import { listTokens } from './token-list.ts';

/** The connection a request came on. */
export interface ConnectionInfo {
  /** The address of the other side; `''` on a Unix socket. */
  readonly remoteAddress: string;
  readonly remotePort: number;
  readonly localPort: number;
  /** Whether it is TLS. */
  readonly secure: boolean;
}

/** Who sent a request, as far as can be known. */
export interface ClientInfo {
  readonly address: string;
  /** Known only when the client is the other side of the connection, or its proxy says so. */
  readonly port: number | undefined;
  readonly protocol: 'http' | 'https';
  /** The host the client asked for; `undefined` when it did not say. */
  readonly host: string | undefined;
  /** Whether the other side of the connection is a trusted proxy, so that what it says about the client is kept. */
  readonly trusted: boolean;
}

/**
 * Whom to believe about the client. `false`: nobody. A number: that many proxies in front of us. A list: their addresses, as CIDRs or the names
 * `loopback` and `private`. A function: asked for each address, from the nearest (`hop` 0) outwards.
 */
export type TrustedProxiesOption = false | number | readonly string[] | ((address: string, hop: number) => boolean);

/** Finds the client of a request. */
export type ClientResolver = (connection: ConnectionInfo, headers: HeaderList) => ClientInfo;

type Trust = (address: string, hop: number) => boolean;

const namedRanges: Readonly<Record<string, readonly string[]>> = {
  loopback: ['127.0.0.0/8', '::1/128'],
  private: ['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', 'fc00::/7', 'fe80::/10'],
};

/** Compiles the option. @throws OptionsError when an address in a list is none */
export function createClientResolver(option: TrustedProxiesOption): ClientResolver {
  const trust = compileTrust(option);
  if (trust === undefined) return directClient;
  return (connection, headers) => {
    if (!trust(connection.remoteAddress, 0)) return directClient(connection, headers);
    return forwardedClient(connection, headers, trust);
  };
}

function compileTrust(option: TrustedProxiesOption): Trust | undefined {
  if (option === false || option === 0) return undefined;
  if (typeof option === 'function') return option;
  if (typeof option === 'number') return (_address, hop) => hop < option;
  const list = createAddressList(option.flatMap((entry) => namedRanges[entry] ?? [entry]));
  return (address) => list.has(address);
}

/** The other side of the connection is the client. */
function directClient(connection: ConnectionInfo, headers: HeaderList): ClientInfo {
  return {
    address: plainAddress(connection.remoteAddress),
    port: connection.remotePort,
    protocol: connection.secure ? 'https' : 'http',
    host: headers.get('host'),
    trusted: false,
  };
}

interface Hop {
  readonly address: string;
  readonly port: number | undefined;
  readonly proto?: string | undefined;
  readonly host?: string | undefined;
}

/** Walks from us outwards until an address that is not trusted: that is the client. What is further out could be anybody's invention. */
function forwardedClient(connection: ConnectionInfo, headers: HeaderList, trust: Trust): ClientInfo {
  const hops = readHops(headers);
  let client: Hop = { address: plainAddress(connection.remoteAddress), port: connection.remotePort };
  for (let index = hops.length - 1, hop = 1; index >= 0; index--, hop++) {
    const next = hops[index];
    if (next === undefined || isIP(next.address) === 0) break;
    client = next;
    if (!trust(next.address, hop)) break;
  }
  const proto = client.proto ?? lastToken(headers, 'x-forwarded-proto');
  return {
    address: client.address,
    port: client.port,
    protocol: proto === 'https' || proto === 'http' ? proto : connection.secure ? 'https' : 'http',
    host: client.host ?? lastToken(headers, 'x-forwarded-host') ?? headers.get('host'),
    trusted: true,
  };
}

/** The chain of addresses, the outermost first. Forwarded wins over X-Forwarded-For; one that does not parse counts as absent. */
function readHops(headers: HeaderList): readonly Hop[] {
  if (headers.has('forwarded')) {
    const elements = parseForwarded(headers.getAll('forwarded').join(', '));
    if (elements !== undefined) {
      return elements.map(({ for: node = 'unknown', proto, host }) => ({
        ...parseNode(node),
        proto: proto?.toLowerCase(),
        host,
      }));
    }
  }
  return listTokens(headers, 'x-forwarded-for').map((node) => {
    const { address, port } = parseNode(node);
    return { address: plainAddress(address), port };
  });
}

function lastToken(headers: HeaderList, name: string): string | undefined {
  return listTokens(headers, name).at(-1)?.toLowerCase();
}

/** An IPv4 address that came through an IPv6 socket, without its `::ffff:`. */
function plainAddress(address: string): string {
  return address.startsWith('::ffff:') && address.includes('.') ? address.slice(7) : address;
}
