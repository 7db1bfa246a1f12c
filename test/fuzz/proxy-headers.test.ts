// The reader of PROXY headers on damaged ones; see docs/notes/proxy-protocol.md. The long run is run-proxy-headers.ts.
import { expect, test } from 'vitest';
import { runProxyHeaderCases } from './proxy-headers.ts';
import { createVerdictTally } from './verdict-tally.ts';

test('reads damaged PROXY headers as a whole, or refuses them, however they are cut', () => {
  const tally = createVerdictTally();
  runProxyHeaderCases(20_261_123, 20_000, tally);
  expect(tally.findings).toEqual([]);
  expect(tally.verdicts.get('read')).toBeGreaterThan(5_000);
  // Each thing that can be wrong with bytes has been wrong.
  const faults = [
    'missing',
    'line',
    'version',
    'command',
    'transport',
    'address',
    'port',
    'length',
    'value',
    'checksum',
  ];
  expect([...tally.verdicts.keys()]).toEqual(expect.arrayContaining([...faults, 'more']));
});
