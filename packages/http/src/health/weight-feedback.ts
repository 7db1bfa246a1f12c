// Lets endpoints ask for less work in a field of their responses, and keeps the field from clients. What the wish leads to is core's business.
import { describeValue, isUpstream, type OptionsReader, type Upstream } from '@sluice/core';
import { isToken } from '../headers/field-syntax.ts';
import type { ResponseEdit } from '../response/relay-response.ts';
import { parseWeightField } from './weight-field.ts';

/** Whom to listen to, and where. */
export interface WeightFeedbackOptions {
  /**
   * The field: `50%` asks for half of the endpoint's weight, `drain` or `0` for no new work, `up` or `100%` for all of it. Anything else means
   * nothing. It never reaches a client. @defaultValue `'X-Sluice-Weight'`
   */
  readonly header?: string;
  /** How long a wish holds unless it is said again, in milliseconds. @defaultValue 30000 */
  readonly holdMs?: number;
  /** Whose endpoints are listened to. Others, to which middleware may send a request, are not. @defaultValue the proxy's own upstream */
  readonly upstreams?: readonly Upstream[];
}

/** The defaults of `WeightFeedbackOptions` that are plain values. */
export const weightFeedbackDefaults: { readonly header: string; readonly holdMs: number } = Object.freeze({
  header: 'X-Sluice-Weight',
  holdMs: 30_000,
});

/** Reads the option `weightFeedback` and compiles its edit; none when it is off. */
export function readWeightFeedback(reader: OptionsReader, own: Upstream): readonly ResponseEdit[] {
  const key = 'weightFeedback';
  const value = reader.raw(key) ?? false;
  if (value === false) return [];
  const read = (options: OptionsReader): ResponseEdit => readEdit(options, own);
  const edit = value === true ? reader.at({}, key, read) : reader.nested(key, read);
  return edit === undefined ? [] : [edit];
}

function readEdit(reader: OptionsReader, own: Upstream): ResponseEdit {
  const header = reader.string('header', { default: weightFeedbackDefaults.header });
  if (!isToken(header)) reader.issue('header', 'must be a field name');
  const holdMs = reader.number('holdMs', { default: weightFeedbackDefaults.holdMs, min: 1 });
  const listed = reader.list('upstreams', (upstream, path) => {
    if (isUpstream(upstream)) return upstream;
    reader.issue(path, `must be an upstream, got ${describeValue(upstream)}`);
    return undefined;
  });
  const trusted = new Set(reader.has('upstreams') ? listed : [own]);
  return (headers, { upstream }, { endpoint }) => {
    const value = headers.get(header);
    if (value === undefined) return;
    headers.delete(header);
    const weightPercent = trusted.has(upstream) ? parseWeightField(value) : undefined;
    if (weightPercent === undefined) return;
    upstream.reweigh(endpoint.id, { weightPercent, holdMs, reason: `${header}: ${value}` });
  };
}
