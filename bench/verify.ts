// Looks whether a peer does its work at all before it is measured: a proxy that answers wrongly is fast for nothing.
import { request as requestPlain, type IncomingMessage } from 'node:http';
import { request as requestTls } from 'node:https';
import { buffer } from 'node:stream/consumers';
import type { Scenario } from './scenarios.ts';

/** Asks once. @returns what is wrong with the answer, or `undefined` */
export async function findFault(
  { path, tls, bodyBytes, responseBytes }: Scenario,
  port: number,
): Promise<string | undefined> {
  const options = { port, path, host: '127.0.0.1', method: bodyBytes > 0 ? 'POST' : 'GET', rejectUnauthorized: false };
  try {
    const response = await new Promise<IncomingMessage>((resolve, reject) => {
      const request = tls ? requestTls(options) : requestPlain(options);
      request.once('response', resolve).once('error', reject).end('x'.repeat(bodyBytes));
    });
    const body = await buffer(response);
    if (response.statusCode !== 200) return `status ${response.statusCode}`;
    return body.length === responseBytes ? undefined : `${body.length} bytes instead of ${responseBytes}`;
  } catch (error) {
    return String(error);
  }
}
