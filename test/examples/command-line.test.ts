// What the quickstart makes of its command line. That a refusal ends it with one line and exit code 2 is in quickstart.test.ts.

import { expect, test } from 'vitest';
import { parseCommandLine, UsageError } from '../../examples/quickstart/command-line.ts';

/** The reason of a refusal. */
function findFault(args: readonly string[]): string {
  try {
    parseCommandLine(args);
  } catch (error) {
    if (error instanceof UsageError) return error.message;
    throw error;
  }
  return '';
}

test('without options there are demo origins and some traffic', () => {
  expect(parseCommandLine([])).toEqual({
    endpoints: [],
    port: undefined,
    balancer: 'smooth-weighted-round-robin',
    traffic: 20,
    once: false,
    help: false,
  });
});

test('reads every option', () => {
  const to = ['--to', 'http://127.0.0.1:3000*3', '--to', 'https://example.org', '--to', '[::1]:80*1'];
  const args = [...to, '--port', '0', '--balancer', 'least-requests', '--traffic', '5', '--once', '--help'];
  expect(parseCommandLine(args)).toEqual({
    endpoints: [
      expect.objectContaining({ address: 'http://127.0.0.1:3000', weight: 3 }),
      expect.objectContaining({ address: 'https://example.org', weight: 1 }),
      expect.objectContaining({ address: '[::1]:80', weight: 1 }),
    ],
    port: 0,
    balancer: 'least-requests',
    traffic: 5,
    once: true,
    help: true,
  });
});

test('sends real origins no traffic unless asked', () => {
  expect(parseCommandLine(['--to', '127.0.0.1:3000']).traffic).toBe(0);
  expect(parseCommandLine(['--to', '127.0.0.1:3000', '--traffic', '7']).traffic).toBe(7);
});

test('takes options behind a lone --, as npm users write them', () => {
  expect(parseCommandLine(['--', '--once']).once).toBe(true);
});

test.each([
  [['--prot', '1'], "Unknown option '--prot'"],
  [['now'], "Unexpected argument 'now'"],
  [['--port'], "Option '--port <value>' argument missing"],
  [['--once=yes'], "Option '--once' does not take an argument"],
  [['--port', 'x'], '--port must be an integer from 0 to 65535, got "x"'],
  [['--port', ''], '--port must be an integer from 0 to 65535, got ""'],
  [['--port', '65536'], '--port must be an integer from 0 to 65535, got "65536"'],
  [['--port=-1'], '--port must be an integer from 0 to 65535, got "-1"'],
  [['--traffic', '1.5'], '--traffic must be an integer from 0 to 1000, got "1.5"'],
  [['--traffic', '1001'], '--traffic must be an integer from 0 to 1000, got "1001"'],
  [['--balancer', 'toString'], '--balancer toString is unknown, choose one of smooth-weighted-round-robin, '],
  [['--to', ''], '--to : an address must be '],
  [['--to', 'ftp://127.0.0.1'], '--to ftp://127.0.0.1: an address must be '],
  [['--to', 'http://127.0.0.1:3000/path'], '--to http://127.0.0.1:3000/path: an address must be '],
  [['--to', 'http://a*0'], 'the weight in --to http://a*0 must be an integer from 1 to 65535, got "0"'],
  [['--to', 'http://a*'], 'the weight in --to http://a* must be an integer from 1 to 65535, got ""'],
  [['--to', 'http://a*2*2'], '--to http://a*2*2 has more than one weight'],
  [['--to', 'http://a', '--to', 'http://a:80*2'], '--to http://a:80*2 is there twice'],
])('refuses %j in one line', (args, reason) => {
  expect(findFault(args).startsWith(reason), findFault(args)).toBe(true);
  expect(findFault(args)).not.toContain('\n');
});
