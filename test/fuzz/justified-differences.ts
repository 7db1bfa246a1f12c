// The differences between our engine and llhttp that are meant to be there. docs/notes/parser.md tells why, under the same names.
import { METHODS } from 'node:http';
import type { Difference } from './compare-readings.ts';

interface Rule {
  readonly name: string;
  /** `bytes` is everything that was sent. */
  explains(difference: Difference, bytes: string): boolean;
}

/** Methods that llhttp knows for other protocols, and does not take in HTTP. */
const ofOtherProtocols = ['PRI', 'DESCRIBE', 'ANNOUNCE', 'SETUP', 'PLAY', 'PAUSE', 'TEARDOWN', 'RECORD', 'FLUSH'];
const unknownMethod =
  /^HPE_(INVALID_METHOD |INVALID_CONSTANT Invalid method for HTTP|INVALID_VERSION Expected HTTP\/2 Connection Preface)/;
const lengthOrCoding = /^HPE_(INVALID_TRANSFER_ENCODING|INVALID_CONTENT_LENGTH|UNEXPECTED_CONTENT_LENGTH) /;

/** A trailer section, behind a last chunk, with a field of this name in it. */
const framingTrailer = /\r\n0+[ \t]*(?:;[^\r\n]*)?\r\n(?:[^\r\n]+\r\n)*(?:content-length|transfer-encoding):/i;
const connectionTrailer = /\r\n0+[ \t]*(?:;[^\r\n]*)?\r\n(?:[^\r\n]+\r\n)*connection:/i;

function valuesOf({ message }: Difference, name: string): string[] {
  const fields = message?.fields ?? [];
  return fields.filter((_, index) => index % 2 === 1 && fields[index - 1]?.toLowerCase() === name);
}

function isChunked(difference: Difference): boolean {
  return valuesOf(difference, 'transfer-encoding').some((value) => value.toLowerCase() === 'chunked');
}

function isInterim({ message }: Difference): boolean {
  return /^1\d\d$/.test(message?.start[0] ?? '');
}

/** Whether all lengths of the head behind the interim responses are numbers, and the same; lists taken apart. */
function haveOneLength(bytes: string): boolean {
  const head = /^(?:HTTP\/1\.[01] 1\d\d[^]*?\r\n\r\n)*([^]*?\r\n)\r\n/.exec(bytes)?.[1] ?? '';
  const values = [...head.matchAll(/\r\ncontent-length:([^\r\n]*)/gi)].flatMap(([, value = '']) => value.split(','));
  return values.every((value) => /^[ \t]*\d+[ \t]*$/.test(value)) && new Set(values.map(Number)).size === 1;
}

/** For requests and responses alike. */
const commonRules: readonly Rule[] = [
  {
    name: 'tab-behind-chunked',
    explains: (difference, bytes) =>
      isChunked(difference) &&
      /transfer-encoding:[ \t]*chunked[ ]*\t[ \t]*\r\n/i.test(bytes) &&
      (difference.kind !== 'lenience' || difference.what.startsWith('HPE_INVALID_TRANSFER_ENCODING ')),
  },
  {
    name: 'chunk-extension-syntax',
    explains: (difference, bytes) =>
      isChunked(difference) &&
      (difference.what.startsWith('HPE_STRICT Invalid character in chunk extensions') ||
        (difference.what.startsWith('HPE_INVALID_CHUNK_SIZE ') && /[\da-f][ \t]+(?:;|$)/i.test(bytes))),
  },
  {
    name: 'framing-field-in-trailers',
    explains: (difference, bytes) =>
      isChunked(difference) && lengthOrCoding.test(difference.what) && framingTrailer.test(bytes),
  },
];

/** The differences in reading requests. */
export const requestRules: readonly Rule[] = [
  ...commonRules,
  {
    name: 'any-method',
    explains: ({ kind, what, message }) => {
      const method = message?.start[0] ?? '';
      return (
        kind === 'lenience' &&
        unknownMethod.test(what) &&
        (!METHODS.includes(method) || ofOtherProtocols.includes(method))
      );
    },
  },
  {
    // llhttp takes whatever begins with PRI for the preface of HTTP/2, and says nothing about it when it is not.
    name: 'preface-of-http2',
    explains: ({ kind, message }) => kind === 'boundary' && message?.start[0] === 'PRI',
  },
  {
    name: 'bytes-from-0x80-in-target',
    explains: ({ kind, what, message }) =>
      kind === 'lenience' && what.startsWith('HPE_INVALID_URL ') && /[\u0080-\u00ff]/.test(message?.start[1] ?? ''),
  },
  {
    name: 'connection-in-trailers',
    explains: ({ kind }, bytes) => kind === 'persistence' && connectionTrailer.test(bytes),
  },
];

/** The differences in reading responses. */
export const responseRules: readonly Rule[] = [
  ...commonRules,
  {
    name: 'repeated-length-that-agrees',
    explains: (difference, bytes) =>
      /^HPE_(UNEXPECTED_CONTENT_LENGTH Duplicate|INVALID_CONTENT_LENGTH Invalid character)/.test(difference.what) &&
      !isInterim(difference) &&
      haveOneLength(bytes),
  },
  {
    name: 'connection-of-an-interim-response',
    explains: ({ kind, what }, bytes) =>
      kind === 'lenience' && what.startsWith('HPE_CLOSED_CONNECTION ') && /^HTTP\/1\.[01] 1\d\d/.test(bytes),
  },
  {
    name: 'framing-of-an-interim-response',
    explains: (difference) => isInterim(difference) && lengthOrCoding.test(difference.what),
  },
];

/** The rule that explains a difference; `undefined` for one that nobody has thought of: a finding. */
export function explain(rules: readonly Rule[], difference: Difference, bytes: string): string | undefined {
  return rules.find((rule) => rule.explains(difference, bytes))?.name;
}
