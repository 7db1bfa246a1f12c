// Clients that come at their time whatever happens to the others, and that give up after a while.
import { Agent, request } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { requestFields } from '../load/request-fields.ts';

const requestsPerSecond = 500;
/** How often a request is a POST, which nobody may repeat once it was sent. No multiple of the number of origins: each shall get some. */
const postEvery = 11;
/** Who has no answer after so long has failed. */
const patienceMs = 3_000;
const tickMs = 10;
const bodyBytes = 200;

/** What became of the requests. */
export interface Tally {
  sent: number;
  posts: number;
  failedGets: number;
  failedPosts: number;
  /** How long each client waited, whatever for, in milliseconds. */
  readonly waitsMs: number[];
  /** Why requests failed, and how many. */
  readonly reasons: Record<string, number>;
}

/** Sends requests for `seconds`. @returns a tally that is filled meanwhile, and a promise of its end */
export function startClients(port: number, seconds: number): { readonly tally: Tally; readonly end: Promise<void> } {
  const tally: Tally = { sent: 0, posts: 0, failedGets: 0, failedPosts: 0, waitsMs: [], reasons: {} };
  return { tally, end: sendAll(port, seconds, tally) };
}

async function sendAll(port: number, seconds: number, tally: Tally): Promise<void> {
  const agent = new Agent({ keepAlive: true });
  const total = requestsPerSecond * seconds;
  const startMs = performance.now();
  const open: Promise<void>[] = [];
  while (tally.sent < total) {
    const due = Math.min(total, ((performance.now() - startMs) / 1000) * requestsPerSecond);
    while (tally.sent < due) open.push(sendOne(port, agent, tally, tally.sent++ % postEvery === 0));
    await sleep(tickMs);
  }
  await Promise.all(open);
  agent.destroy();
}

async function sendOne(port: number, agent: Agent, tally: Tally, isPost: boolean): Promise<void> {
  if (isPost) tally.posts++;
  const startMs = performance.now();
  const reason = await ask(port, agent, isPost);
  tally.waitsMs.push(performance.now() - startMs);
  if (reason === undefined) return;
  if (isPost) tally.failedPosts++;
  else tally.failedGets++;
  tally.reasons[reason] = (tally.reasons[reason] ?? 0) + 1;
}

/** @returns why it failed, or `undefined` */
async function ask(port: number, agent: Agent, isPost: boolean): Promise<string | undefined> {
  const signal = AbortSignal.timeout(patienceMs);
  const method = isPost ? 'POST' : 'GET';
  try {
    const body = await new Promise<Buffer | number | undefined>((resolve, reject) => {
      request({ port, host: '127.0.0.1', path: '/', method, agent, headers: requestFields, signal })
        .once('error', reject)
        .once('response', (response) => {
          if (response.statusCode !== 200) {
            response.resume();
            resolve(response.statusCode);
          } else buffer(response).then(resolve, reject);
        })
        .end(isPost ? 'x' : undefined);
    });
    if (!Buffer.isBuffer(body)) return `status ${body}`;
    return body.length === bodyBytes ? undefined : 'cut';
  } catch (error) {
    return signal.aborted ? 'no answer' : String((error as NodeJS.ErrnoException).code);
  }
}
