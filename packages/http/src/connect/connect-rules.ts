// Which targets CONNECT may name. Pure: what a name means is looked up where it is dialled.
import { describeValue, type OptionsReader, type TcpAddress } from '@sluice/core';
import { normalizeHostName } from '@sluice/l4';
import { isIP } from 'node:net';
import { parseConnectTarget } from './connect-target.ts';

/** One entry of the list. */
interface ConnectRule {
  /** A name or an address, or the end of names with its dot, `''` for all of them. */
  readonly host: string;
  readonly isWildcard: boolean;
  /** `undefined` for any. */
  readonly port: number | undefined;
}

/** A list of allowed targets. */
export class ConnectRules {
  readonly #rules: readonly ConnectRule[];

  constructor(rules: readonly ConnectRule[]) {
    this.#rules = rules;
  }

  /** Whether a target is on the list. Wildcards stand for names: an address has to be there itself. */
  allow({ host, port }: TcpAddress): boolean {
    const isAddress = isIP(host) !== 0;
    return this.#rules.some((rule) => {
      if (rule.port !== undefined && rule.port !== port) return false;
      return rule.isWildcard ? !isAddress && host.endsWith(rule.host) : host === rule.host;
    });
  }
}

/** Reads the list at `key`. */
export function readConnectRules(reader: OptionsReader, key: string): ConnectRules {
  const rules = reader.list(key, (value, path) => {
    const rule = typeof value === 'string' ? parseConnectRule(value) : undefined;
    if (rule === undefined) {
      const forms = 'host:port, *.domain:port, *:port or [v6]:port, and * for any port of a host';
      reader.issue(path, `must be ${forms}, got ${describeValue(value)}`);
    }
    return rule;
  });
  if (rules.length === 0) reader.issue(key, 'must name at least one target');
  return new ConnectRules(rules);
}

/** Parses one entry. @returns `undefined` for what is none, and for `*:*`, which would make an open proxy */
export function parseConnectRule(text: string): ConnectRule | undefined {
  const colon = text.lastIndexOf(':');
  const host = text.slice(0, Math.max(0, colon));
  const anyPort = text.slice(colon + 1) === '*';
  if (host === '*' && anyPort) return undefined;
  const isWildcard = host.startsWith('*');
  // A wildcard is parsed as one of the names that it stands for; a name may have letters that targets do not.
  const sample = host === '*' ? 'any' : isWildcard ? host.replace(/^\*\./, '') : host;
  const name = sample.startsWith('*') ? undefined : (normalizeHostName(sample) ?? sample);
  const target = name === undefined ? undefined : parseConnectTarget(`${name}:${anyPort ? 1 : text.slice(colon + 1)}`);
  if (target === undefined || (isWildcard && isIP(target.host) !== 0)) return undefined;
  const port = anyPort ? undefined : target.port;
  if (!isWildcard) return { host: target.host, isWildcard, port };
  return { host: host === '*' ? '' : `.${target.host}`, isWildcard, port };
}
