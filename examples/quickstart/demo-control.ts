// Kills and restarts demo origins, by a URL of the proxy: a middleware that answers by itself.

import { createResponse, type Middleware, type ProxyResponse } from '@sluice/http';
import type { DemoOrigin } from './demo-origin.ts';

const command = /^\/_demo\/(kill|restart)\/(\d+)$/;

/** Answers `POST /_demo/kill/2` and `POST /_demo/restart/2`; everything else goes on to the origins. */
export function demoControl(origins: readonly DemoOrigin[]): Middleware {
  return async (exchange, next) => {
    const { method, target } = exchange.request;
    const [, verb, number] = command.exec(target) ?? [];
    if (verb === undefined) return next();
    const origin = origins[Number(number) - 1];
    if (origin === undefined) return answer(404, `there is no demo origin ${number}`);
    if (method !== 'POST') return answer(405, 'use POST');
    await (verb === 'kill' ? origin.kill() : origin.restart());
    return answer(200, `${origin.name} ${origin.running ? 'is running' : 'is dead'}`);
  };
}

function answer(status: number, line: string): ProxyResponse {
  return createResponse({ status, headers: { 'Content-Type': 'text/plain; charset=utf-8' }, body: `${line}\n` });
}
