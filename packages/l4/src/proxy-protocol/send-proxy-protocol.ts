// The option that puts a PROXY header in front of what endpoints get: its defaults, the one place where it is read, and the writer.
import type { OptionsReader } from '@sluice/core';
import type { ClientConnection } from '../tcp/client-connection.ts';
import { describeAlpn, describeAuthority, describeEnds, describeTls, type ProxiedClient } from './describe-client.ts';
import { formatProxyHeader, type ProxyHeaderFormat } from './format-proxy-header.ts';
import type { ProxyTlvs } from './proxy-header.ts';

/**
 * What endpoints are told about the client. They must be configured to expect it: to everybody else a header is the beginning of the client's
 * data.
 */
export interface SendProxyProtocolOptions extends ProxyHeaderFormat {
  /** Version 1 is a line of text that holds addresses of TCP and nothing else. @defaultValue 2 */
  readonly version?: 1 | 2;
  /** Whether the host name that the client asked for (SNI) is told. @defaultValue false */
  readonly authority?: boolean;
  /** Whether the protocol is told that was agreed on with the client (ALPN) where TLS ended. @defaultValue false */
  readonly alpn?: boolean;
  /** Whether version, cipher and client certificate are told where TLS ended, here or at a proxy in front of us. @defaultValue false */
  readonly tls?: boolean;
  /**
   * More to tell, or something else than the above: a unique id, values of your own. Called once for each connection.
   *
   * @defaultValue nothing
   */
  readonly values?: (connection: ClientConnection) => ProxyTlvs;
}

/** `SendProxyProtocolOptions`, complete and checked. */
export type SentProxyProtocol = Required<Omit<SendProxyProtocolOptions, 'values'>> & {
  readonly values: ((connection: ProxiedClient) => ProxyTlvs) | undefined;
};

/** The defaults of `SendProxyProtocolOptions`. */
export const sendDefaults: Omit<SentProxyProtocol, 'values'> = Object.freeze({
  version: 2,
  checksum: false,
  authority: false,
  alpn: false,
  tls: false,
});

/** Makes the header of a client, which goes first on a connection, or in front of the data of a datagram. */
export type ProxyHeaderWriter = (client: ProxiedClient) => Buffer;

/** Reads the option at `key`: `false`, a version, or options. `undefined`: no header is sent. */
export function readSendProxyProtocol(
  reader: OptionsReader,
  key: string,
  protocol: 'stream' | 'datagram',
): ProxyHeaderWriter | undefined {
  const option = reader.raw(key) ?? false;
  if (option === false) return undefined;
  const settings = readSettings(reader, option, key);
  return settings && createProxyHeaderWriter(settings, protocol);
}

function readSettings(reader: OptionsReader, option: unknown, key: string): SentProxyProtocol | undefined {
  return reader.at(typeof option === 'number' ? { version: option } : option, key, (own) => {
    const version = readVersion(own);
    const readSwitch = (name: 'checksum' | 'authority' | 'alpn' | 'tls'): boolean =>
      own.boolean(name, { default: sendDefaults[name] });
    const settings = {
      version,
      checksum: readSwitch('checksum'),
      authority: readSwitch('authority'),
      alpn: readSwitch('alpn'),
      tls: readSwitch('tls'),
      values: own.function<NonNullable<SentProxyProtocol['values']>>('values'),
    };
    if (version === 1) for (const name of Object.keys(settings)) refuseInText(own, name);
    return Object.freeze(settings);
  });
}

function readVersion(reader: OptionsReader): 1 | 2 {
  return reader.integer('version', { default: sendDefaults.version, min: 1, max: 2 }) === 1 ? 1 : 2;
}

/** A line of text has no room for it, and whoever asked for it should know. */
function refuseInText(reader: OptionsReader, name: string): void {
  const value = reader.raw(name) ?? false;
  if (name !== 'version' && value !== false)
    reader.issue(name, 'needs version 2: a header of version 1 can not hold it');
}

/** Makes the writer. */
export function createProxyHeaderWriter(
  settings: SentProxyProtocol,
  protocol: 'stream' | 'datagram',
): ProxyHeaderWriter {
  const { version, checksum, authority, alpn, tls, values } = settings;
  return (client) => {
    const header = {
      version,
      command: 'proxy',
      ...describeEnds(client, protocol === 'datagram'),
      authority: authority ? describeAuthority(client) : undefined,
      alpn: alpn ? describeAlpn(client) : undefined,
      tls: tls ? describeTls(client) : undefined,
      ...values?.(client),
    } as const;
    return formatProxyHeader(header, { checksum });
  };
}
