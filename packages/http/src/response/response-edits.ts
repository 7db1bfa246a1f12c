// The edits of response fields that options ask for, compiled once: where the endpoint's name leaks, and what it says of itself.
import type { OptionsReader } from '@sluice/core';
import { readHiddenFields } from '../headers/hidden-fields.ts';
import { readLocationOptions, rewriteLocations, type LocationOptions } from '../headers/location.ts';
import { readCookieOptions, rewriteSetCookies, type CookieOptions } from '../headers/set-cookie.ts';
import type { ResponseEdit } from './relay-response.ts';

/** What becomes of a response's fields on their way to the client. */
export interface ResponseFieldOptions {
  /**
   * `Location`, `Content-Location` and `Refresh`; `false` leaves them alone. @defaultValue the endpoint's own origin becomes the client's view of us
   */
  readonly location?: false | LocationOptions;
  /** `Set-Cookie`. @defaultValue left alone */
  readonly cookies?: CookieOptions;
  /** Fields that are removed, such as `['Server', 'X-Powered-By']`. @defaultValue none */
  readonly hide?: readonly string[];
}

/** Reads the options and compiles their edits. */
export function readResponseEdits(reader: OptionsReader): readonly ResponseEdit[] {
  const edits: ResponseEdit[] = [];
  const hidden = readHiddenFields(reader, 'hide');
  if (hidden !== undefined) edits.push((headers) => headers.deleteAll(hidden));
  if (reader.raw('location') !== false) {
    const policy = reader.nested('location', readLocationOptions);
    edits.push((headers, { client }, { endpoint }) =>
      rewriteLocations(headers, policy, endpoint.address.authority, client),
    );
  }
  if (reader.has('cookies')) {
    const policy = reader.nested('cookies', readCookieOptions);
    edits.push((headers) => rewriteSetCookies(headers, policy));
  }
  return edits;
}
