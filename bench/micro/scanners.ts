// What it costs to read a head: bytes in, offsets and framing out.
import { ChunkedDecoder } from '../../packages/http/src/wire/chunked-decoder.ts';
import { RequestHeadReader } from '../../packages/http/src/wire/request-head-reader.ts';
import { ResponseHeadReader } from '../../packages/http/src/wire/response-head-reader.ts';
import { requestFields } from '../load/request-fields.ts';
import { timeOf } from './measure.ts';

const limits = { maxBytes: 65_536, maxFields: 256, maxTargetBytes: 8_192 };
const fault = (what: string): never => {
  throw new Error(what);
};

const request = head('GET /items/list?page=3 HTTP/1.1', { Host: 'shop.example', ...requestFields });
const response = head('HTTP/1.1 200 OK', {
  Server: 'nginx',
  Date: 'Tue, 24 Nov 2026 03:00:00 GMT',
  'Content-Type': 'text/html; charset=utf-8',
  'Content-Length': '200',
  Connection: 'keep-alive',
  'Cache-Control': 'public, max-age=60',
  ETag: '"5f3a-1"',
  Vary: 'Accept-Encoding',
  'X-Request-Id': '0123456789abcdef',
  'X-Content-Type-Options': 'nosniff',
});
const chunks = Buffer.from(`${`1000\r\n${'x'.repeat(4096)}\r\n`.repeat(4)}0\r\n\r\n`);

function head(startLine: string, fields: Readonly<Record<string, string>>): Buffer {
  const lines = Object.entries(fields).map(([name, value]) => `${name}: ${value}\r\n`);
  return Buffer.from(`${startLine}\r\n${lines.join('')}\r\n`, 'latin1');
}

/** The table, as Markdown. */
export function measureScanners(): string[] {
  const requests = new RequestHeadReader(limits);
  const responses = new ResponseHeadReader(limits, fault);
  const chunked = new ChunkedDecoder(limits, fault);
  const readers: readonly (readonly [name: string, bytes: Buffer, work: () => void])[] = [
    ['request head', request, () => readRequest(requests)],
    ['response head', response, () => readResponse(responses)],
    ['chunked body, chunks of 4 KiB', chunks, () => readChunks(chunked)],
  ];
  const rows = readers.map(([name, bytes, work]) => {
    const { median } = timeOf(work);
    return `| ${name} | ${bytes.length} | ${median.toFixed(0)} | ${((bytes.length / median) * 1000).toFixed(0)} |`;
  });
  return ['| what | bytes | ns | MB/s |', '| --- | --: | --: | --: |', ...rows];
}

function readRequest(reader: RequestHeadReader): void {
  reader.begin();
  reader.read(request, 0, request.length);
  if (reader.head === undefined) throw new Error('the head is not complete');
}

function readResponse(reader: ResponseHeadReader): void {
  reader.begin();
  reader.read(response, 0, response.length);
  if (reader.head === undefined) throw new Error('the head is not complete');
}

function readChunks(decoder: ChunkedDecoder): void {
  decoder.begin();
  for (let at = 0; at < chunks.length; at = decoder.position) decoder.read(chunks, at, chunks.length);
  if (!decoder.complete) throw new Error('the body is not complete');
}
