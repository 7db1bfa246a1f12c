// Affinity by a cookie of the endpoints' own: whoever has set it has the session.
import { describeValue, type OptionsReader } from '@sluice/core';
import { isToken } from '../headers/field-syntax.ts';
import type { ClientMemory } from './client-memory.ts';
import { LearnedSessions } from './learned-sessions.ts';
import { requestCookie, responseCookie } from './request-cookie.ts';

/** The cookie that is learned from. */
export interface LearnedCookieOptions {
  /** Its name, such as `JSESSIONID`. */
  readonly name: string;
  /** How long a session that nobody uses is remembered, in milliseconds. @defaultValue 1800000 */
  readonly ttlMs?: number;
  /** The most sessions that are remembered; a session costs about 200 bytes. @defaultValue 100000 */
  readonly maxSessions?: number;
}

/** `LearnedCookieOptions`, complete. */
export type ResolvedLearnedCookie = Required<LearnedCookieOptions>;

/** Values that are longer are not remembered: clients choose what they send. */
const maxValueLength = 512;

/** Reads the options. */
export function readLearnedCookie(reader: OptionsReader): ResolvedLearnedCookie {
  const name = reader.string('name', { default: '' });
  if (!isToken(name)) reader.issue('name', `must be the name of a cookie, got ${describeValue(name)}`);
  return {
    name,
    ttlMs: reader.number('ttlMs', { default: 1_800_000, min: 1000 }),
    maxSessions: reader.integer('maxSessions', { default: 100_000, min: 1 }),
  };
}

/** Makes the memory: it is in this process, and lost with it. */
export function createLearnedAffinity({ name, ttlMs, maxSessions }: ResolvedLearnedCookie): ClientMemory {
  const sessions = new LearnedSessions(ttlMs, maxSessions);
  return {
    find({ request }, nowMs) {
      const session = requestCookie(request.headers, name);
      return session === undefined ? undefined : sessions.find(session, nowMs);
    },
    remember({ request }, { headers }, endpointId, found, nowMs) {
      const given = responseCookie(headers, name);
      // A session moves with its client when its endpoint could not take it. One that a client has made up is nobody's.
      const session = given ?? (found === undefined ? undefined : requestCookie(request.headers, name));
      if (session !== undefined && session.length <= maxValueLength) sessions.learn(session, endpointId, nowMs);
    },
  };
}
