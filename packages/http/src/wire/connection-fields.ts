// Fields that belong to one connection or say how a message is framed. Whoever writes a head writes these by itself, and drops those that the
// message brought along: two framings in one message are how requests are smuggled.
import { createNameSet, type NameSet } from '../headers/name-set.ts';

const names = [
  'te',
  'expect',
  'upgrade',
  'connection',
  'keep-alive',
  'proxy-connection',
  'transfer-encoding',
  'content-length',
];

/** Those fields. */
export const connectionFields: NameSet = createNameSet(names);

/** Those fields, and the one that announces trailers: without the chunked coding that would be a promise that is not kept. */
export const connectionAndTrailerFields: NameSet = createNameSet([...names, 'trailer']);

/** The same without `Content-Length`, for heads that keep theirs. */
export const fieldsBesideLength: NameSet = createNameSet([
  ...names.filter((name) => name !== 'content-length'),
  'trailer',
]);
