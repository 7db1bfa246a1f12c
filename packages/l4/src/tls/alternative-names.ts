// Takes the text apart in which Node gives a certificate's alternative names: DNS:a.example, IP Address:192.0.2.1, URI:"a, b".

/** The alternative names of a certificate (RFC 5280 section 4.2.1.6), by kind. Kinds without a list here are left out. */
export interface AlternativeNames {
  /** Host names. */
  readonly dnsNames: readonly string[];
  /** URIs, such as SPIFFE ids. */
  readonly uris: readonly string[];
  /** Mail addresses. */
  readonly emails: readonly string[];
  /** IP addresses, in Node's spelling. */
  readonly ipAddresses: readonly string[];
}

const kinds: Readonly<Record<string, keyof AlternativeNames>> = {
  DNS: 'dnsNames',
  URI: 'uris',
  email: 'emails',
  'IP Address': 'ipAddresses',
};

/** A kind, and a value that either is quoted as JSON (it may contain the separator then) or ends at the next comma. */
const entry = /([^:,"]+):("(?:[^"\\]|\\.)*"|[^,]*)(?:, |$)/gy;

/** Reads `X509Certificate.subjectAltName`. */
export function parseAlternativeNames(text: string | undefined): AlternativeNames {
  const names = { dnsNames: [] as string[], uris: [] as string[], emails: [] as string[], ipAddresses: [] as string[] };
  for (const [, kind = '', value = ''] of (text ?? '').matchAll(entry)) {
    const list = kinds[kind];
    if (list !== undefined) names[list].push(value.startsWith('"') ? (JSON.parse(value) as string) : value);
  }
  return names;
}
