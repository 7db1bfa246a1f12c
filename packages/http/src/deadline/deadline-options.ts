// Everything that can be said about deadlines, and the defaults.
import { describeValue, resolveOptions, type OptionsReader } from '@sluice/core';
import { isToken } from '../headers/field-syntax.ts';
import { deadlineFormats, type DeadlineFormat } from './time-budget.ts';

/** A field that says how much time there is. */
export interface DeadlineField {
  /** Its name. */
  readonly field: string;
  /** How it says it. @defaultValue `'grpc-timeout'` for the field of that name, else `'milliseconds'` */
  readonly format?: DeadlineFormat;
}

/** How the time that a client grants is read, kept and passed on. */
export interface DeadlineOptions {
  /** The field with the client's time, such as `X-Request-Timeout-Ms` or `grpc-timeout`. */
  readonly from: string | DeadlineField;
  /** The field that tells the endpoint what is left; `false` tells nothing. @defaultValue as `from` */
  readonly to?: string | DeadlineField | false;
  /** Whose word counts: that of everybody, who can only shorten their time, or of trusted proxies (`trustedProxies`). @defaultValue `'everybody'` */
  readonly believe?: 'everybody' | 'trusted';
  /** The most that is granted, also to those who ask for nothing, in milliseconds. @defaultValue Infinity */
  readonly maxMs?: number | false;
  /** What is too little to ask an endpoint at all, in milliseconds. @defaultValue 1 */
  readonly minMs?: number;
  /** What is kept back for the way to the client: the endpoint is told so much less, in milliseconds. @defaultValue 0 */
  readonly reserveMs?: number;
  /** What becomes of a value that says no time, or is there twice: passed over, or answered with 400. @defaultValue `'ignore'` */
  readonly invalid?: 'ignore' | 'refuse';
}

/** `DeadlineOptions`, complete. */
export interface ResolvedDeadline {
  readonly from: Required<DeadlineField>;
  readonly to: Required<DeadlineField> | undefined;
  readonly believe: 'everybody' | 'trusted';
  readonly maxMs: number;
  readonly minMs: number;
  readonly reserveMs: number;
  readonly invalid: 'ignore' | 'refuse';
}

/** Completes and checks the options. @throws OptionsError */
export function resolveDeadlineOptions(options: DeadlineOptions): ResolvedDeadline {
  return resolveOptions(options, 'deadline', (reader) => {
    const from = readField(reader, 'from');
    return {
      from,
      to: reader.raw('to') === false ? undefined : reader.has('to') ? readField(reader, 'to') : from,
      believe: reader.choice('believe', ['everybody', 'trusted'], { default: 'everybody' }),
      maxMs: reader.milliseconds('maxMs', { default: Infinity, min: 1 }),
      minMs: reader.number('minMs', { default: 1, min: 0 }),
      reserveMs: reader.number('reserveMs', { default: 0, min: 0 }),
      invalid: reader.choice('invalid', ['ignore', 'refuse'], { default: 'ignore' }),
    };
  });
}

function readField(reader: OptionsReader, key: string): Required<DeadlineField> {
  const value = reader.raw(key);
  if (typeof value === 'object' && value !== null)
    return reader.nested(key, (nested) => {
      const field = checkName(nested, 'field', nested.raw('field'));
      return { field, format: nested.choice('format', deadlineFormats, { default: usualFormat(field) }) };
    });
  const field = checkName(reader, key, value);
  return { field, format: usualFormat(field) };
}

function checkName(reader: OptionsReader, key: string, value: unknown): string {
  if (typeof value === 'string' && isToken(value)) return value;
  reader.issue(key, `must be the name of a field, got ${describeValue(value)}`);
  return 'x';
}

function usualFormat(field: string): DeadlineFormat {
  return field.toLowerCase() === 'grpc-timeout' ? 'grpc-timeout' : 'milliseconds';
}
