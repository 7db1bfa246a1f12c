// The Forwarded field (RFC 7239): parses it, and writes one element of it. Whom to believe is client-resolver.ts.

/** One hop's account of the request it received. */
export interface ForwardedElement {
  readonly for?: string;
  readonly by?: string;
  readonly host?: string;
  readonly proto?: string;
}

type Parameter = keyof ForwardedElement;

const parameters: readonly string[] = Object.freeze(['for', 'by', 'host', 'proto']);

/**
 * Parses the value of Forwarded: elements in the order in which the hops added them.
 *
 * @returns `undefined` when the grammar of RFC 7239 section 4 does not fit: nothing in such a value can be relied on.
 */
export function parseForwarded(value: string): ForwardedElement[] | undefined {
  const elements: ForwardedElement[] = [];
  for (const part of splitOutsideQuotes(value, ',') ?? [undefined]) {
    if (part === undefined) return undefined;
    if (part.trim() === '') continue;
    const element = parseElement(part);
    if (element === undefined) return undefined;
    elements.push(element);
  }
  return elements;
}

function parseElement(text: string): ForwardedElement | undefined {
  const element: { -readonly [Key in Parameter]?: string } = {};
  for (const pair of splitOutsideQuotes(text, ';') ?? []) {
    const trimmed = pair.trim();
    if (trimmed === '') continue;
    const equals = trimmed.indexOf('=');
    const name = trimmed.slice(0, equals).toLowerCase();
    const value = equals > 0 ? unquote(trimmed.slice(equals + 1)) : undefined;
    if (value === undefined || name in element) return undefined;
    if (parameters.includes(name)) element[name as Parameter] = value;
  }
  return element;
}

/** Splits at a separator that is not inside a quoted string; `undefined` when a quote is never closed. */
function splitOutsideQuotes(text: string, separator: string): string[] | undefined {
  const parts: string[] = [];
  let start = 0;
  let quoted = false;
  for (let index = 0; index < text.length; index++) {
    const character = text[index];
    if (quoted && character === '\\') index++;
    else if (character === '"') quoted = !quoted;
    else if (character === separator && !quoted) {
      parts.push(text.slice(start, index));
      start = index + 1;
    }
  }
  if (quoted) return undefined;
  parts.push(text.slice(start));
  return parts;
}

function unquote(value: string): string | undefined {
  if (!value.startsWith('"')) return value === '' || value.includes('"') || value.includes(' ') ? undefined : value;
  if (value.length < 2 || !value.endsWith('"')) return undefined;
  return value.slice(1, -1).replaceAll(/\\(.)/g, '$1');
}

/** Writes one element; values that are no tokens are quoted (RFC 7239 section 4). */
export function formatForwarded(element: ForwardedElement): string {
  const pairs: string[] = [];
  for (const name of ['for', 'by', 'host', 'proto'] as const) {
    const value = element[name];
    if (value !== undefined) pairs.push(`${name}=${quoteIfNeeded(value)}`);
  }
  return pairs.join(';');
}

function quoteIfNeeded(value: string): string {
  return /^[\w!#$%&'*+.^`|~-]+$/.test(value) ? value : `"${value.replaceAll(/["\\]/g, String.raw`\$&`)}"`;
}

/** The node of a `for` parameter as an address and a port: `[2001:db8::1]:4711`, `192.0.2.1`, `unknown`, `_hidden`. */
export function parseNode(node: string): { readonly address: string; readonly port: number | undefined } {
  const bracket = node.startsWith('[') ? node.indexOf(']') : -1;
  const colon = bracket > 0 ? node.indexOf(':', bracket) : node.indexOf(':');
  // More than one colon without brackets is an IPv6 address that was not written as the RFC asks.
  if (colon < 0 || (bracket < 0 && node.includes(':', colon + 1))) return { address: bare(node), port: undefined };
  const port = Number(node.slice(colon + 1));
  return {
    address: bare(node.slice(0, colon)),
    port: Number.isInteger(port) && port > 0 && port < 65_536 ? port : undefined,
  };
}

function bare(address: string): string {
  return address.startsWith('[') && address.endsWith(']') ? address.slice(1, -1) : address;
}

/** An address as a node: IPv6 in brackets, `unknown` for none (RFC 7239 section 6). */
export function formatNode(address: string): string {
  if (address === '') return 'unknown';
  return address.includes(':') ? `[${address}]` : address;
}
