// Reads which fields of a response are kept from the client, such as those that tell what the endpoint runs on.
import { describeValue, type OptionsReader } from '@sluice/core';
import { isToken } from './field-syntax.ts';
import { createNameSet, type NameSet } from './name-set.ts';

/** Without these a message has another body, or none. */
const framingNames: NameSet = createNameSet([
  'content-length',
  'content-type',
  'content-encoding',
  'transfer-encoding',
]);

/** Reads a list of field names, for `deleteAll`; `undefined` when it is empty. */
export function readHiddenFields(reader: OptionsReader, key: string): NameSet | undefined {
  const names = reader.list(key, (value, path) => {
    if (typeof value === 'string' && isToken(value) && !framingNames.has(value)) return value;
    reader.issue(path, `must be the name of a field that a response can do without, got ${describeValue(value)}`);
    return undefined;
  });
  return names.length === 0 ? undefined : createNameSet(names);
}
