// tls.connect sends no server name (SNI) unless it is told one, and verifies the host all the same. OpenSSL verifies IPv6 addresses on each
// version of Node; tls.checkServerIdentity refuses all of them on some (22.23).
import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { authority, openTlsPair } from './loopback.mjs';

const silent = await openTlsPair({ client: { servername: undefined } });
assert.equal(silent.far.servername, false);
assert.equal(silent.near.authorized, true);
silent.near.destroy();
silent.far.destroy();

const named = await openTlsPair({ client: { servername: 'localhost' } });
assert.equal(named.far.servername, 'localhost');
named.near.destroy();
named.far.destroy();

const certificate = new X509Certificate(authority.issue(['a.example', '2001:db8::1']).cert);
assert.equal(certificate.checkIP('2001:db8::1'), '2001:db8::1');
assert.equal(certificate.checkIP('2001:db8::2'), undefined);
