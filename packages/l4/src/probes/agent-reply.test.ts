import fc from 'fast-check';
import { expect, test } from 'vitest';
import { readAgentReply } from './agent-reply.ts';

test.each([
  ['up', { healthy: true, weightPercent: undefined }],
  ['ready', { healthy: true, weightPercent: undefined }],
  ['75%', { healthy: true, weightPercent: 75 }],
  ['up, 50%\tmaxconn:30', { healthy: true, weightPercent: 50 }],
  ['READY 0%', { healthy: true, weightPercent: 0 }],
  ['200%', { healthy: true, weightPercent: 100 }],
  ['drain', { healthy: true, weightPercent: 0 }],
  ['up 80% maint', { healthy: true, weightPercent: 0 }],
  ['stopped', { healthy: false, weightPercent: undefined }],
  ['down 50%', { healthy: false, weightPercent: 50 }],
])('%s', (line, expected) => {
  expect(readAgentReply(line)).toMatchObject(expected);
});

test('says what the agent said', () => {
  expect(readAgentReply('down # out of disk # really').reason).toBe('the agent said "down": out of disk # really');
  expect(readAgentReply('up').reason).toBe('the agent said "up"');
});

test('a line that means nothing is no answer', () => {
  for (const line of ['', 'hello', '%', 'maxconn:3', '# up']) expect(readAgentReply(line).healthy).toBe(false);
});

test('any line is an answer or none, with a weight that makes sense', () => {
  const word = fc.constantFrom('up', 'down', '50%', '999%', '#', ',', '\u0000', 'drain', 'x');
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        fc.array(word).map((words) => words.join(' ')),
      ),
      (line) => {
        const { weightPercent = 100, reason = '' } = readAgentReply(line);
        return weightPercent >= 0 && weightPercent <= 100 && reason.length < 500;
      },
    ),
  );
});
