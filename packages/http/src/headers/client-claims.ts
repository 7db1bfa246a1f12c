// The fields by which applications learn who their client is. From an untrusted sender they are lies or accidents.
// Which are written, and what is kept from a trusted proxy: forwarded-fields.ts.
import { createLooseNameSet, createNameSet, type NameSet } from './name-set.ts';

/** What Sluice writes itself in the X-Forwarded family. */
const xForwarded: readonly string[] = Object.freeze([
  'x-forwarded-for',
  'x-forwarded-host',
  'x-forwarded-port',
  'x-forwarded-proto',
]);

/** Every field that says something about the client, its connection or the request as the client sent it. */
export const clientClaims: readonly string[] = Object.freeze([
  'forwarded',
  ...xForwarded,
  // The client's address, as other proxies and content networks write it.
  'x-real-ip',
  'x-client-ip',
  'x-cluster-client-ip',
  'x-forwarded',
  'true-client-ip',
  'cf-connecting-ip',
  'cf-connecting-ipv6',
  'fastly-client-ip',
  // Whether the client used TLS: Rack, gunicorn and others take each of these for a yes.
  'x-forwarded-protocol',
  'x-forwarded-scheme',
  'x-forwarded-ssl',
  'x-url-scheme',
  'front-end-https',
  // Which host and path the client asked for. Some frameworks route by X-Original-URL instead of the request's target, past any rule by path.
  'x-forwarded-server',
  'x-forwarded-prefix',
  'x-original-host',
  'x-original-url',
  'x-rewrite-url',
  // The client's certificate. RFC 9440 section 4 asks every reverse proxy to remove these.
  'client-cert',
  'client-cert-chain',
  'x-forwarded-client-cert',
]);

/** The same as a set, which also has `X_Forwarded_For` and its like: an application behind CGI or WSGI reads both as one. */
export const clientClaimNames: NameSet = createLooseNameSet(clientClaims);

/** The four fields that Sluice writes itself, without their relatives. */
export const xForwardedNames: NameSet = createNameSet(xForwarded);
