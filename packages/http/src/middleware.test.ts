import { expect, test } from 'vitest';
import type { ProxyExchange } from './exchange.ts';
import { receive } from './exchange-receiver.ts';
import { composeMiddleware, type Handler, type Middleware } from './middleware.ts';
import { createResponse, type ProxyResponse } from './response/response.ts';

const exchange = {} as ProxyExchange;

function answerOf(handler: Handler): Promise<ProxyResponse> {
  return receive((receiver) => handler(exchange, receiver));
}

function tracing(name: string, trace: string[]): Middleware {
  return async (_exchange, next) => {
    trace.push(`${name} in`);
    const response = await next();
    trace.push(`${name} out`);
    return response;
  };
}

test('runs the first middleware outermost', async () => {
  const trace: string[] = [];
  const handler = composeMiddleware([tracing('a', trace), tracing('b', trace)], (_, receiver) => {
    trace.push('forward');
    receiver.onResponse(exchange, createResponse());
  });
  await answerOf(handler);
  expect(trace).toEqual(['a in', 'b in', 'forward', 'b out', 'a out']);
});

test('lets a middleware answer by itself', async () => {
  const handler = composeMiddleware([() => createResponse({ status: 418 })], () => {
    throw new Error('not reached');
  });
  expect((await answerOf(handler)).status).toBe(418);
});

test('turns what a later station throws into a rejection of next', async () => {
  const handler = composeMiddleware(
    [
      async (_exchange, next) =>
        next().catch((error: unknown) => createResponse({ status: 599, statusText: String(error) })),
    ],
    () => {
      throw new Error('down');
    },
  );
  expect(await answerOf(handler)).toMatchObject({ status: 599, statusText: 'Error: down' });
});

test('without middleware it is the terminal handler', () => {
  const terminal = (): never => {
    throw new Error('unused');
  };
  expect(composeMiddleware([], terminal)).toBe(terminal);
});
