// Every error code is documented, every documented code exists, and the page states each code's facts as the code does.

import { coreErrors, type ErrorFacts } from '@sluice/core';
import { httpErrors } from '@sluice/http';
import { l4Errors } from '@sluice/l4';
import { expect, test } from 'vitest';
import { readMarkdownTables } from './markdown.ts';
import { readText } from './source-tree.ts';

interface DocumentedCode {
  readonly code: string;
  readonly source: string;
  readonly stage: string;
  readonly retry: string;
}

/** The rows of all tables whose first column is headed `code`. */
function readDocumentedCodes(markdown: string): DocumentedCode[] {
  return readMarkdownTables(markdown)
    .filter((row) => row['code']?.startsWith('SLUICE_'))
    .map((row) => ({
      code: row['code'] ?? '',
      source: row['source'] ?? '',
      stage: row['stage'] ?? '',
      retry: row['retry'] ?? '',
    }));
}

/** What the page and the tables in the code disagree on, one line each. */
function compareCodes(documented: readonly DocumentedCode[], defined: Readonly<Record<string, ErrorFacts>>): string[] {
  const problems: string[] = [];
  const seen = new Set<string>();
  for (const { code, source, stage, retry } of documented) {
    const facts = defined[code];
    if (seen.has(code)) problems.push(`${code} is documented twice`);
    seen.add(code);
    if (facts === undefined) problems.push(`${code} is documented and does not exist`);
    else if (facts.source !== source || facts.stage !== stage || facts.retry !== retry) {
      problems.push(
        `${code} is ${facts.source}, ${facts.stage}, ${facts.retry}; documented as ${source}, ${stage}, ${retry}`,
      );
    }
  }
  const missing = Object.keys(defined).filter((code) => !seen.has(code));
  return [...problems, ...missing.map((code) => `${code} is not documented`)];
}

test('every error code is documented with its facts, and every documented code exists', () => {
  const documented = readDocumentedCodes(readText('docs/errors.md'));
  expect(compareCodes(documented, { ...coreErrors, ...l4Errors, ...httpErrors })).toEqual([]);
});

test('no two packages define the same code, and every code has the prefix', () => {
  const codes = [coreErrors, l4Errors, httpErrors].flatMap((table) => Object.keys(table));
  expect(codes).toEqual([...new Set(codes)]);
  expect(codes.filter((code) => !/^SLUICE_[A-Z]+(?:_[A-Z]+)*$/.test(code))).toEqual([]);
});

test('finds a code that is missing on either side, documented twice, or documented wrongly', () => {
  const facts: ErrorFacts = { source: 'proxy', stage: 'acquire', retry: 'never' };
  const page = [
    '| code | source | stage | retry |',
    '| --- | --- | --- | --- |',
    '| `SLUICE_A` | proxy | acquire | never |',
    '| `SLUICE_A` | proxy | acquire | never |',
    '| `SLUICE_B` | upstream | acquire | never |',
    '| `SLUICE_C` | proxy | acquire | never |',
  ];
  const defined = { SLUICE_A: facts, SLUICE_B: facts, SLUICE_D: facts };
  expect(compareCodes(readDocumentedCodes(page.join('\n')), defined)).toEqual([
    'SLUICE_A is documented twice',
    'SLUICE_B is proxy, acquire, never; documented as upstream, acquire, never',
    'SLUICE_C is documented and does not exist',
    'SLUICE_D is not documented',
  ]);
});
