import { expect, test } from 'vitest';
import { isProxyError } from '../errors.ts';
import { OptionsError } from './options-error.ts';

test('says everything that is wrong in one message', () => {
  const issues = [
    { path: 'endpoints[1].weight', message: 'must be an integer >= 0, got "2" (string)' },
    { path: 'retry.maxAtempts', message: 'is unknown, did you mean maxAttempts?' },
  ];
  const error = new OptionsError(issues);
  expect(error.message).toBe(
    'SLUICE_OPTIONS_INVALID: endpoints[1].weight must be an integer >= 0, got "2" (string); ' +
      'retry.maxAtempts is unknown, did you mean maxAttempts?',
  );
  expect(error).toMatchObject({ code: 'SLUICE_OPTIONS_INVALID', stage: 'options', issues, name: 'OptionsError' });
  expect(isProxyError(error)).toBe(true);
});
