// The reader of ClientHellos on damaged ones, and beside OpenSSL. The long run is run-client-hellos.ts.
import { expect, test } from 'vitest';
import { compareClientHellos, runClientHelloCases } from './client-hellos.ts';
import { createVerdictTally } from './verdict-tally.ts';

test('reads damaged ClientHellos as a whole, or refuses them, however they are cut', () => {
  const tally = createVerdictTally();
  runClientHelloCases(20_261_124, 20_000, tally);
  expect(tally.findings).toEqual([]);
  expect(tally.verdicts.get('read')).toBeGreaterThan(10_000);
  // Each thing that can be wrong with bytes has been wrong.
  const faults = ['not-tls', 'sslv2', 'not-a-hello', 'malformed', 'repeated', 'server-name', 'too-large'];
  expect([...tally.verdicts.keys()]).toEqual(expect.arrayContaining([...faults, 'more']));
});

test('what OpenSSL takes is read as OpenSSL reads it', async () => {
  const tally = createVerdictTally();
  for (let seed = 1; seed <= 1_501; seed += 500) await compareClientHellos(seed, 500, tally);
  expect(tally.findings).toEqual([]);
  expect(tally.verdicts.get('accepted, read')).toBeGreaterThan(800);
});
