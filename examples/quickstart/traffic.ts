// Sends requests to the proxy, as a client would. Who failed is not counted here: the proxy knows.

import { setInterval } from 'node:timers/promises';

/** So many requests may wait for an answer before the next one is left out. */
const maxOpen = 200;

/** What the quickstart asks for by itself: mostly quick answers, and a slow one now and then to have something in flight. */
export const demoPaths: readonly string[] = ['/', '/', '/', '/slow?ms=200'];

/** Sends that many requests, four at a time, and waits for the answers. */
export async function sendRequests(url: string, count: number): Promise<void> {
  let left = count;
  const sendUntilDone = async (): Promise<void> => {
    while (left-- > 0) await send(url);
  };
  await Promise.all([sendUntilDone(), sendUntilDone(), sendUntilDone(), sendUntilDone()]);
}

/** Sends requests for the paths in turn at an even pace, until the signal; then waits for the answers still to come. */
export async function sendSteadily(
  url: string,
  perSecond: number,
  paths: readonly string[],
  stop: AbortSignal,
): Promise<void> {
  const open = new Set<Promise<void>>();
  let sent = 0;
  try {
    if (perSecond === 0) return;
    for await (const _ of setInterval(1_000 / perSecond, undefined, { signal: stop })) {
      if (open.size >= maxOpen) continue;
      const request = send(new URL(paths[sent++ % paths.length] ?? '/', url).href);
      open.add(request);
      void request.then(() => open.delete(request));
    }
  } catch (error) {
    if (!stop.aborted) throw error;
  } finally {
    await Promise.all(open);
  }
}

async function send(url: string): Promise<void> {
  try {
    const response = await fetch(url, { redirect: 'manual' });
    await response.arrayBuffer();
  } catch {
    // The proxy's table shows it.
  }
}
