import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { clientHello, helloMessage, records, serverNameExtension } from './contract/hello-writer.ts';
import { maxSniffedBytes, sniffProtocol } from './sniff-protocol.ts';

/** The answer after each byte. */
function sniffBytewise(bytes: Uint8Array): (string | undefined)[] {
  return Array.from(bytes, (_, index) => sniffProtocol(bytes.subarray(0, index + 1)));
}

const latin1 = (text: string): Buffer => Buffer.from(text, 'latin1');
const hex = (text: string): Buffer => Buffer.from(text.replaceAll(' ', ''), 'hex');

describe('sniffing', () => {
  test.each([
    ['tls', 6, clientHello(serverNameExtension('a.example'))],
    ['tls', 6, records(helloMessage(), [1])],
    ['http1', 4, latin1('GET / HTTP/1.1\r\n\r\n')],
    ['http1', 9, latin1('PROPFIND /dav HTTP/1.1\r\n')],
    ['http1', 18, latin1('UPDATEREDIRECTREF / HTTP/1.1\r\n')],
    ['http1', 13, latin1('x-any.token! / HTTP/1.1\r\n')],
    ['http1', 5, latin1('PRI /prices HTTP/1.1\r\n')],
    ['http1', 9, latin1('PROXYING / HTTP/1.1\r\n')],
    ['http1', 7, latin1('SSHKEY /a HTTP/1.1\r\n')],
    ['http2', 24, latin1('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n')],
    ['ssh', 4, latin1('SSH-2.0-OpenSSH_9.9\r\n')],
    ['proxy-v1', 6, latin1('PROXY TCP4 192.0.2.1 192.0.2.2 1 2\r\n')],
    ['proxy-v2', 12, latin1('\r\n\r\n\0\r\nQUIT\n\u0021\u0011')],
    ['postgres', 8, hex('00000008 04d2162f')],
    ['postgres', 8, hex('00000008 04d21630')],
    ['postgres', 8, hex('00000010 04d2162e 00000001 00000002')],
    ['postgres', 8, hex('00000029 00030000 75736572')],
    ['redis', 5, latin1('*1\r\n$4\r\nPING\r\n')],
    ['redis', 8, latin1('*1000\r\n$4\r\nMSET')],
    ['unknown', 6, latin1('\u0000'.repeat(9))],
    ['unknown', 5, latin1('\r\n'.repeat(9))],
    ['unknown', 1, latin1(' GET / HTTP/1.1')],
    ['unknown', 4, latin1('GET\t/ HTTP/1.1')],
    ['unknown', 1, latin1('\u00ff')],
    ['unknown', 33, latin1(`${'A'.repeat(40)} / HTTP/1.1`)],
    ['unknown', 6, hex('1603030005 02')],
    ['unknown', 4, hex('160303ffff 01')],
    ['unknown', 1, hex('80 2e 01 00 02')],
  ])('%s is told after %i bytes (case %#)', (protocol, needed, bytes) => {
    const answers = sniffBytewise(bytes);
    const undecided = Array.from({ length: needed - 1 }, () => undefined);
    expect(answers.slice(0, needed)).toEqual([...undecided, protocol]);
    // Bytes behind the decision change nothing.
    expect(new Set(answers.slice(needed - 1))).toEqual(new Set([protocol]));
  });

  test('no bytes are no protocol yet', () => {
    expect(sniffProtocol(Buffer.alloc(0))).toBeUndefined();
  });

  test('any bytes are told by the first 64, and what was told stands', () => {
    const starts = ['', 'GET ', 'PRI * HTTP/2.0\r\n', 'PROXY', '\r\n\r\n\0\r\nQU', 'SSH', '*12', '\u0016\u0003\u0001'];
    const inputs = fc
      .tuple(fc.constantFrom(...starts), fc.uint8Array({ minLength: maxSniffedBytes, maxLength: 90 }))
      .map(([start, rest]) => Buffer.concat([latin1(start), rest]));
    fc.assert(
      fc.property(inputs, (bytes) => {
        const answers = sniffBytewise(bytes);
        const first = answers.find((answer) => answer !== undefined);
        expect(answers[maxSniffedBytes - 1]).toBe(first);
        expect(answers.slice(answers.indexOf(first)).every((answer) => answer === first)).toBe(true);
        expect(first).toBeDefined();
      }),
      { numRuns: 1_000 },
    );
  });
});
