// Finds out who is behind a connection when proxies stand in front of us, believing only those that are trusted.
import type { OptionsReader } from '@sluice/core';
import type { ProxyHeader, TlsSession } from '@sluice/l4';
import { walkForwardedChain, type ForwardedFamily, type Trust } from './forwarded-chain.ts';
import { plainAddress } from './forwarded-node.ts';
import type { HeaderList } from './header-list.ts';
import { readTrust } from './trusted-proxies.ts';

/** The connection a request came on. */
export interface ConnectionInfo {
  /** The address of the other side, or of the client that its PROXY header names; `''` on a Unix socket. */
  readonly remoteAddress: string;
  /** The port of the other side, or of the client that its PROXY header names. */
  readonly remotePort: number;
  /** The port on our side, or the one that the client connected to; `0` on a Unix socket. */
  readonly localPort: number;
  /** Whether it is TLS, here or by the word of the PROXY header. */
  readonly secure: boolean;
  /** What was agreed on when TLS ends here, and who the client has proved to be; `undefined` when it does not. */
  readonly tls?: TlsSession | undefined;
  /** The PROXY header that the connection began with, if one was wanted and believed. */
  readonly proxyHeader?: ProxyHeader | undefined;
}

/** Who sent a request, as far as can be known. */
export interface ClientInfo {
  /** An IP address; `''` when the other side is a Unix socket and says nothing. */
  readonly address: string;
  /** Known only when the client is the other side of the connection, or its proxy says so. */
  readonly port: number | undefined;
  /** What the client spoke to the first proxy that we believe, or to us. */
  readonly protocol: 'http' | 'https';
  /** The host the client asked for; `undefined` when it did not say. */
  readonly host: string | undefined;
  /** Whether the other side of the connection is a trusted proxy, so that what it says about the client is kept. */
  readonly trusted: boolean;
}

/**
 * Whom to believe about the client. `false`: nobody. A number: that many proxies in front of us. A list: their addresses, as CIDRs or the names
 * `loopback`, `private` and `unix`. A function: asked for each address, from the nearest (`hop` 0) outwards.
 */
export type TrustedProxiesOption = false | number | readonly string[] | ((address: string, hop: number) => boolean);

/** Finds the client of a request. */
export type ClientResolver = (connection: ConnectionInfo, headers: HeaderList) => ClientInfo;

/** Reads `trustedProxies` among other options; its issues are noted there. @param family - Which fields the trusted proxies write. */
export function readClientResolver(reader: OptionsReader, family: ForwardedFamily): ClientResolver {
  const trust = readTrust(reader, 'trustedProxies');
  if (trust === undefined) return directClient;
  return (connection, headers) => {
    const isTrusted = trust(plainAddress(connection.remoteAddress), 0);
    return isTrusted ? forwardedClient(connection, headers, family, trust) : directClient(connection, headers);
  };
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

function forwardedClient(
  connection: ConnectionInfo,
  headers: HeaderList,
  family: ForwardedFamily,
  trust: Trust,
): ClientInfo {
  const { node, protocol, host } = walkForwardedChain(headers, family, trust);
  return {
    address: node === undefined ? plainAddress(connection.remoteAddress) : node.address,
    port: node === undefined ? connection.remotePort : node.port,
    protocol: protocol ?? (connection.secure ? 'https' : 'http'),
    host: host ?? headers.get('host'),
    trusted: true,
  };
}
