// Sends many requests on one connection without waiting for answers, to a proxy whose middleware treats their bodies in every way there is. Tells
// what should have been answered, and what was.
import { bytesBody, createResponse, readBody, type Middleware } from '@sluice/http';
import { connect } from 'node:net';
import { setImmediate } from 'node:timers/promises';
import type { Dice } from './dice.ts';
import { mutate, split } from './mutators.ts';

/** What middleware does with a request, by the first part of its target. */
const habits = ['read', 'ignore', 'late', 'late-read', 'cancel', 'fail', 'large'] as const;

async function wait(turns: number): Promise<void> {
  for (let turn = 0; turn < turns; turn++) await setImmediate();
}

/** Answers a request by itself, after its habit; the answer names the target, and the content that was read. */
export const answer: Middleware = async ({ request }) => {
  const [, habit = '', turns = '0'] = request.target.split('/');
  if (habit.startsWith('late')) await wait(Number(turns));
  if (habit === 'fail') throw new Error('middleware fails');
  if (habit === 'cancel') request.body.cancel(undefined);
  const read = habit.endsWith('read') ? Buffer.from(await readBody(request.body, 1 << 20)).toString('latin1') : '';
  const text = habit === 'large' ? 'x'.repeat(100_000) : `${request.target} ${read}`;
  return createResponse({ status: 200, body: bytesBody(Buffer.from(text, 'latin1')) });
};

interface PipelinedRequest {
  readonly bytes: string;
  readonly answer: string;
}

function makeOne(dice: Dice, index: number, isLast: boolean): PipelinedRequest {
  const habit = dice.pick(habits);
  const target = `/${habit}/${dice.below(5)}/${index}`;
  const content = dice.chance(0.1) ? 'y'.repeat(dice.below(70_000)) : dice.bytes(200);
  const fields = ['Host: a', ...(isLast ? ['Connection: close'] : [])];
  let body = '';
  if (dice.chance(0.3)) {
    fields.push('Transfer-Encoding: chunked');
    for (const piece of split(dice, content)) if (piece !== '') body += `${piece.length.toString(16)}\r\n${piece}\r\n`;
    body += '0\r\n\r\n';
  } else if (dice.chance(0.7)) {
    fields.push(`Content-Length: ${content.length}`);
    body = content;
  }
  const read = habit.endsWith('read') && body !== '' ? content : '';
  const expected = habit === 'large' ? 'x'.repeat(100_000) : `${target} ${read}`;
  return {
    bytes: `POST ${target} HTTP/1.1\r\n${fields.join('\r\n')}\r\n\r\n${body}`,
    answer: habit === 'fail' ? '500' : `200 ${expected}`,
  };
}

/** Takes answers apart, by their `Content-Length`. */
function parseAnswers(text: string): string[] {
  const answers: string[] = [];
  for (let rest = text; rest !== '';) {
    const [head = '', status = '', length = '0'] =
      /^HTTP\/1\.1 (\d+)[^]*?\r\nContent-Length: (\d+)[^]*?\r\n\r\n/.exec(rest) ?? [];
    if (head === '') return [...answers, `no answer: ${rest}`];
    answers.push(status === '500' ? status : `${status} ${rest.slice(head.length, head.length + Number(length))}`);
    rest = rest.slice(head.length + Number(length));
  }
  return answers;
}

/** Sends bytes in pieces; resolves to everything that came back when the connection has closed. `ends`: this side ends first. */
async function converse(port: number, dice: Dice, bytes: string, ends: boolean): Promise<string> {
  const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true }).setNoDelay(true);
  const closed = new Promise((resolve) => {
    socket.on('close', resolve);
  });
  let received = '';
  socket.on('error', () => {}).on('end', () => socket.end());
  socket.on('data', (chunk: Buffer) => (received += chunk.toString('latin1')));
  for (const piece of split(dice, bytes)) {
    socket.write(piece, 'latin1');
    if (dice.chance(0.5)) await wait(dice.below(4));
  }
  if (ends) socket.end();
  await closed;
  return received;
}

function makePipeline(dice: Dice): PipelinedRequest[] {
  const count = 1 + dice.below(8);
  return Array.from({ length: count }, (_, index) => makeOne(dice, index, index === count - 1));
}

/** Plays one pipeline. The answers have to be the same as `expected`. */
export async function playPipeline(port: number, dice: Dice): Promise<{ expected: string[]; received: string[] }> {
  const requests = makePipeline(dice);
  const received = await converse(port, dice, requests.map(({ bytes }) => bytes).join(''), false);
  return { expected: requests.map((request) => request.answer), received: parseAnswers(received) };
}

/** Plays one pipeline with damaged bytes, and ends the connection behind it. Resolves to the status of each answer. */
export async function playDamaged(port: number, dice: Dice): Promise<string[]> {
  const bytes = makePipeline(dice).reduce((text, request) => text + request.bytes, '');
  const received = await converse(port, dice, mutate(dice, mutate(dice, bytes)), true);
  return parseAnswers(received).map((one) => one.slice(0, 3));
}
