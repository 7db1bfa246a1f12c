// Walks the proxies in front of us, from the nearest outwards, through X-Forwarded-* or Forwarded. The walk goes from right to left and ends
// where trust ends, so what stands further left, which anybody may have written, is never looked at.
import { isAuthority, isSameName, trimmedSlice } from './field-syntax.ts';
import { readLastElement } from './forwarded.ts';
import { parseNode, type ForwardedNode } from './forwarded-node.ts';
import type { HeaderList } from './header-list.ts';
import { joinedLines } from './token-list.ts';

/** Whether the proxy at an address is believed. `hop` counts from 0, the other side of our connection; `''` is the address of a Unix socket. */
export type Trust = (address: string, hop: number) => boolean;

/** Where a chain is read: `x-forwarded` (X-Forwarded-For, -Proto and -Host) or `rfc7239` (Forwarded). Never from both: a proxy vouches for one. */
export type ForwardedFamily = 'x-forwarded' | 'rfc7239';

/** What trusted proxies say about a request's client. */
export interface ForwardedAccount {
  /** The outermost node they vouch for; `undefined` when it is the other side of our connection. */
  readonly node: ForwardedNode | undefined;
  readonly protocol: 'http' | 'https' | undefined;
  /** The host the client asked for. */
  readonly host: string | undefined;
}

/** Reads the account of the proxies that are trusted; the one at the other side of the connection is. */
export function walkForwardedChain(headers: HeaderList, family: ForwardedFamily, trust: Trust): ForwardedAccount {
  return family === 'rfc7239' ? walkForwarded(headers, trust) : walkXForwarded(headers, trust);
}

function walkXForwarded(headers: HeaderList, trust: Trust): ForwardedAccount {
  const chain = joinedLines(headers, 'x-forwarded-for');
  let node: ForwardedNode | undefined;
  let hop = 0;
  for (let end = chain.length; end > 0;) {
    const comma = chain.lastIndexOf(',', end - 1);
    const entry = trimmedSlice(chain, comma + 1, end);
    end = comma;
    if (entry === '') continue;
    hop++;
    const next = parseNode(entry);
    if (next === undefined) break;
    node = next;
    if (!trust(next.address, hop)) break;
  }
  // The lists grow together; a proxy that overwrites -Proto and -Host leaves a single item, which is then the outermost that is known.
  const position = Math.max(hop - 1, 0);
  return {
    node,
    protocol: readProtocol(itemFromRight(joinedLines(headers, 'x-forwarded-proto'), position)),
    host: readHost(itemFromRight(joinedLines(headers, 'x-forwarded-host'), position)),
  };
}

/** The item so many places from the right, or the leftmost if there are fewer. */
function itemFromRight(list: string, position: number): string {
  let end = list.length;
  let comma = list.lastIndexOf(',');
  for (let skipped = 0; skipped < position && comma >= 0; skipped++) {
    end = comma;
    comma = comma === 0 ? -1 : list.lastIndexOf(',', comma - 1);
  }
  return trimmedSlice(list, comma + 1, end);
}

function walkForwarded(headers: HeaderList, trust: Trust): ForwardedAccount {
  const chain = joinedLines(headers, 'forwarded');
  let node: ForwardedNode | undefined;
  let protocol: 'http' | 'https' | undefined;
  let host: string | undefined;
  for (let end = chain.length, hop = 1; end > 0;) {
    const { element, start } = readLastElement(chain, end);
    end = start - 1;
    if (element === 'empty') continue;
    if (element === undefined) break;
    // Whoever hides the client's address (RFC 7239 section 6.3) may still tell what it asked for.
    protocol = readProtocol(element.proto ?? '') ?? protocol;
    host = readHost(element.host ?? '') ?? host;
    const next = parseNode(element.for ?? '');
    if (next === undefined) break;
    node = next;
    if (!trust(next.address, hop++)) break;
  }
  return { node, protocol, host };
}

/** A WebSocket's scheme, which some proxies write, stands for the one it was upgraded from. */
function readProtocol(text: string): 'http' | 'https' | undefined {
  if (isSameName(text, 'https') || isSameName(text, 'wss')) return 'https';
  return isSameName(text, 'http') || isSameName(text, 'ws') ? 'http' : undefined;
}

function readHost(text: string): string | undefined {
  return isAuthority(text) ? text : undefined;
}
