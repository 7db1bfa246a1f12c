// What a probe wants to see in a response. Pure: it is given what was read. Who reads it is http-probe.ts.
import { describeValue, type OptionsReader } from '@sluice/core';
import type { HeaderList } from '../headers/header-list.ts';
import { isToken } from '../headers/field-syntax.ts';
import { readStatusList, type StatusList, type StatusRange } from './status-list.ts';

/** Text that must be in it, a pattern that must match it, or a function that must approve of it. */
export type TextExpectation = string | RegExp | ((text: string) => boolean);

/** What a response must be like. */
export interface HttpExpectation {
  readonly status: StatusList;
  readonly headers: readonly (readonly [name: string, expected: TextExpectation])[];
  readonly body: TextExpectation | undefined;
}

/** The statuses that are fine unless others are named: those of nginx and HAProxy. */
export const expectedStatuses: readonly StatusRange[] = Object.freeze(['200-399']);

/** Reads the options `status`, `expectHeaders` and `expectBody`. */
export function readHttpExpectation(reader: OptionsReader): HttpExpectation {
  return {
    status: readStatusList(reader, 'status', expectedStatuses),
    headers: readHeaders(reader),
    body: readText(reader, 'expectBody', reader.raw('expectBody') ?? undefined),
  };
}

/** What is wrong with a response's head; `undefined` when nothing is. */
export function faultOfHead(expected: HttpExpectation, status: number, headers: HeaderList): string | undefined {
  if (!expected.status.has(status)) return `status ${status}`;
  for (const [name, text] of expected.headers) {
    const values = headers.getAll(name);
    if (values.length === 0) return `status ${status} without ${name}`;
    if (!values.some((value) => isAsExpected(value, text)))
      return `status ${status} with ${name}: ${values.join(', ')}`;
  }
  return undefined;
}

/** What is wrong with a response's body, as far as it was read. */
export function faultOfBody({ body }: HttpExpectation, text: string): string | undefined {
  if (body === undefined || isAsExpected(text, body)) return undefined;
  const start = text.length > 60 ? `${text.slice(0, 60)}…` : text;
  const wanted = typeof body === 'function' ? 'was not approved of' : `has no ${describePattern(body)}`;
  return `the body ${wanted}: ${JSON.stringify(start)}`;
}

function isAsExpected(text: string, expected: TextExpectation): boolean {
  if (typeof expected === 'string') return text.includes(expected);
  return typeof expected === 'function' ? expected(text) : text.search(expected) >= 0;
}

function describePattern(expected: string | RegExp): string {
  return typeof expected === 'string' ? JSON.stringify(expected) : String(expected);
}

function readHeaders(reader: OptionsReader): HttpExpectation['headers'] {
  const value = reader.raw('expectHeaders') ?? {};
  if (typeof value !== 'object' || Array.isArray(value)) {
    reader.issue('expectHeaders', `must be an object, got ${describeValue(value)}`);
    return [];
  }
  return Object.entries(value).flatMap(([name, expected]) => {
    const path = `expectHeaders.${name}`;
    if (!isToken(name)) reader.issue(path, 'is not a field name');
    const text = readText(reader, path, expected);
    return text === undefined ? [] : [[name, text] as const];
  });
}

function readText(reader: OptionsReader, path: string, value: unknown): TextExpectation | undefined {
  if (value === undefined || typeof value === 'string' || value instanceof RegExp) return value;
  if (typeof value === 'function') return value as (text: string) => boolean;
  reader.issue(path, `must be text, a pattern or a function, got ${describeValue(value)}`);
  return undefined;
}
