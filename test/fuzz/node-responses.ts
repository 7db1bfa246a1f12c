// Reads the answer to one request with node:http, which is llhttp in its strict mode, over a stream in memory.
import { request, type ClientRequest, type IncomingMessage } from 'node:http';
import { Duplex } from 'node:stream';
import { setImmediate } from 'node:timers/promises';
import { isForbiddenTrailer } from '../../packages/http/src/wire/trailer-fields.ts';
import type { Ending, Reading, SeenMessage } from './reading.ts';

/** One end of a connection in memory; what is written to it is lost. */
class Loopback extends Duplex {
  override _read(): void {}

  override _write(_chunk: unknown, _encoding: string, done: () => void): void {
    done();
  }
}

/** The request, and what has come in answer to it. */
interface Asked {
  readonly request: ClientRequest;
  readonly socket: Loopback;
  readonly interim: SeenMessage[];
  /** The final response, once it is there. */
  readonly responses: IncomingMessage[];
  body: string;
  fault: (Error & { code?: string; reason?: string }) | undefined;
}

function ask(method: string): Asked {
  const socket = new Loopback();
  const asked: Asked = {
    socket,
    request: request({ method, createConnection: () => socket, insecureHTTPParser: false, maxHeaderSize: 1 << 20 }),
    interim: [],
    responses: [],
    body: '',
    fault: undefined,
  };
  const take = (response: IncomingMessage): void => {
    asked.responses.push(response);
    response.on('data', (chunk: Buffer) => (asked.body += chunk.toString('latin1'))).on('error', () => {});
  };
  asked.request
    .on('information', ({ statusCode, statusMessage, rawHeaders }) => {
      const start = [String(statusCode), statusMessage];
      asked.interim.push({ start, fields: rawHeaders, body: '', trailers: [], isComplete: true });
    })
    .on('response', take)
    .on('upgrade', take)
    .on('error', (error) => (asked.fault ??= error))
    .end();
  return asked;
}

function seen({ responses: [response], body }: Asked): SeenMessage | undefined {
  if (response === undefined) return undefined;
  const trailers: string[] = [];
  for (let at = 0; at < response.rawTrailers.length; at += 2) {
    const name = response.rawTrailers[at] ?? '';
    if (!isForbiddenTrailer(name)) trailers.push(name, response.rawTrailers[at + 1] ?? '');
  }
  const isSwitch = response.statusCode === 101;
  return {
    start: [String(response.statusCode), response.statusMessage ?? ''],
    fields: response.rawHeaders,
    body: isSwitch ? '' : body,
    trailers,
    isComplete: isSwitch || response.complete,
  };
}

function endingOf({ responses: [response], fault }: Asked): Ending {
  if (response?.complete || response?.statusCode === 101) return 'idle';
  return fault?.code?.startsWith('HPE_') === true && fault.code !== 'HPE_INVALID_EOF_STATE' ? 'refused' : 'waiting';
}

/** Reads several connections, each of which brings these pieces in answer to a request, and then ends. */
export async function readNodeResponses(
  answers: readonly { readonly method: string; readonly pieces: readonly string[] }[],
): Promise<Reading[]> {
  const all = answers.map(({ method }) => ask(method));
  await setImmediate();
  for (const [index, { pieces }] of answers.entries()) {
    for (const piece of pieces) all[index]?.socket.push(Buffer.from(piece, 'latin1'));
    all[index]?.socket.push(null);
  }
  for (let turn = 0; turn < 3; turn++) await setImmediate();
  return all.map((asked) => {
    const final = seen(asked);
    const { interim, fault } = asked;
    const messages = final === undefined ? interim : [...interim, final];
    asked.socket.destroy();
    return { messages, ending: endingOf(asked), reason: fault === undefined ? '' : `${fault.code} ${fault.reason}` };
  });
}
