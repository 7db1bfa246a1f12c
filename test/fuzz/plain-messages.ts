// Requests that look like an attack and are not, for test/security/smuggling-battery.test.ts. Each has one meaning.
import { end, inner, length, te } from './ambiguous-lines.ts';

/** Field lines and a body that look like an attack, and are one message with one meaning. */
export const harmless: readonly (readonly [fields: string, body: string])[] = [
  [`Content-Length: ${inner.length}`, inner],
  [te, `${inner.length.toString(16)}\r\n${inner}\r\n0\r\n\r\n`],
  [te, `000000000000${inner.length.toString(16).toUpperCase()}\r\n${inner}\r\n0000\r\n\r\n`],
  ['Content-Length: 005', '0\r\n\r\n'],
  ['tRANSFER-eNCODING:\t CHUNKED \t', '5;a=b;c="d"\r\nhello\r\n0;GET /smuggled HTTP/1.1\r\n\r\n'],
  [te, '0\r\nContent-Length: 100\r\nTransfer-Encoding: gzip\r\nHost: b\r\nConnection: close\r\nX: y\r\n\r\n'],
  [
    `${te}\r\nTrailer: Content-Length, Host`,
    '5\r\nhello\r\n0\r\nContent_Length: 7\r\nX-Forwarded-For: 1.2.3.4\r\n\r\n',
  ],
  [`${te}\r\nConnection: Transfer-Encoding, Host`, '5\r\nhello\r\n0\r\n\r\n'],
  [`Content-Length: ${inner.length}\r\nConnection: Content-Length`, inner],
  ['Transfer_Encoding: chunked\r\nContent-Length: 5', 'hello'],
  [`Transfer_Encoding: chunked\r\n${length}`, end],
  [`Content_Length: 0\r\nContent-Length: ${inner.length}`, inner],
  [`Content-Length-: 0\r\n-Content-Length: 1\r\nX-Content-Length: 2\r\n${length}`, end],
  [`Transfer.Encoding: chunked\r\nTransfer-Encodin: chunked\r\n${length}`, end],
  [`X: Transfer-Encoding: chunked\r\nTE: chunked\r\nContent-Encoding: chunked\r\n${length}`, end],
  [`X-HTTP-Method-Override: GET\r\nX-Method: HEAD\r\n${length}`, end],
  [`X-Original-URL: /smuggled\r\nX-Rewrite-URL: /smuggled\r\nX-Forwarded-Host: b\r\n${length}`, end],
  [`Keep-Alive: timeout=0\r\nProxy-Connection: close\r\nUpgrade: h2c\r\n${length}`, end],
  ['Expect: 100-continue\r\nContent-Length: 5', 'hello'],
  ['Expect: 100-continue, chunked\r\nContent-Length: 5', 'hello'],
  ['Content-Length: 0', ''],
  ['X: y', ''],
];
/** Whole requests of that kind, with what the origin has to see of them. */
export const harmlessHeads: readonly (readonly [seen: string, message: string])[] = [
  ['POST /outer', `\r\n\r\nPOST /outer HTTP/1.1\r\nHost: a\r\n${length}\r\n\r\n${end}`],
  ['POST /outer', `POST http://b/outer HTTP/1.1\r\nHost: a\r\n${length}\r\n\r\n${end}`],
  ['POST /?q', `POST HTTP://b:80?q HTTP/1.1\r\nHost: a\r\n${te}\r\n\r\n0\r\n\r\n`],
  ['GET /outer', `GET /outer HTTP/1.1\r\nHost: a\r\n${length}\r\n\r\n${end}`],
  ['DELETE /outer', `DELETE /outer HTTP/1.1\r\nHost: a\r\n${te}\r\n\r\n5\r\nhello\r\n0\r\n\r\n`],
  ['get /outer', `get /outer HTTP/1.1\r\nHost: a\r\n${length}\r\n\r\n${end}`],
  ['POSTGET /outer', `POSTGET /outer HTTP/1.1\r\nHost: a\r\n${length}\r\n\r\n${end}`],
  ['OPTIONS *', `OPTIONS * HTTP/1.1\r\nHost: a\r\n${length}\r\n\r\n${end}`],
  ['POST /%0d%0aHost:%20b', `POST /%0d%0aHost:%20b HTTP/1.1\r\nHost: a\r\n${length}\r\n\r\n${end}`],
  ['POST /outer', `POST /outer HTTP/1.0\r\nConnection: keep-alive\r\n${length}\r\n\r\n${end}`],
];
