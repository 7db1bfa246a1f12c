// The document in which files and HTTP servers list endpoints. What may stand in one endpoint is EndpointOptions, and checked by who follows.
import { coreError } from '../errors.ts';
import { describeValue } from '../options/describe-value.ts';
import { resolveOptions } from '../options/resolve-options.ts';
import type { EndpointSnapshot } from './endpoint-source.ts';

/**
 * Parses a list of endpoints in JSON: `["10.0.0.1:80", { "address": "10.0.0.2:80", "weight": 2 }]`, or the same as
 * `{ "endpoints": [...], "revision": "42" }`.
 *
 * @throws ProxyError `SLUICE_DISCOVERY_FAILED` when it is no JSON; OptionsError (`SLUICE_OPTIONS_INVALID`) when it is of another form.
 */
export function parseEndpointList(text: string): EndpointSnapshot {
  const document = readJson(text);
  if (Array.isArray(document)) return { endpoints: document as EndpointSnapshot['endpoints'] };
  return resolveOptions(document, 'the document', (reader) => {
    const endpoints = reader.raw('endpoints');
    if (!Array.isArray(endpoints)) reader.issue('endpoints', `must be a list, got ${describeValue(endpoints)}`);
    return { endpoints: endpoints as EndpointSnapshot['endpoints'], revision: reader.string('revision') };
  });
}

function readJson(text: string): unknown {
  // Editors of Windows put a byte order mark there, which JSON does not have.
  const json = text.startsWith('\uFEFF') ? text.slice(1) : text;
  if (json.trim() === '') throw coreError('SLUICE_DISCOVERY_FAILED', 'the document is empty');
  try {
    return JSON.parse(json);
  } catch (cause) {
    throw coreError('SLUICE_DISCOVERY_FAILED', `the document is no JSON: ${(cause as Error).message}`, { cause });
  }
}
