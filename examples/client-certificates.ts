// Only clients with a certificate of our authority get in, and the origin is told who they are.

import { createProxy, type Middleware } from '@sluice/http';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createCertificateAuthority } from './quickstart/demo-certificates.ts';

const authority = createCertificateAuthority();
const clients = createCertificateAuthority('Clients');

/** Says who the client is in a field of our own, and in that of RFC 9440. What the client itself says there does not count. */
const tellTheOrigin: Middleware = ({ request, connection }, next) => {
  const client = connection.tls?.client;
  request.headers.set('X-Client-Name', client?.dnsNames[0] ?? '');
  request.headers.set('Client-Cert', client === undefined ? '' : `:${client.raw.toString('base64')}:`);
  return next();
};

const origin = createServer((req, res) => res.end(`hello ${String(req.headers['x-client-name'])}\n`));
await once(origin.listen(0, '127.0.0.1'), 'listening');

const proxy = createProxy({
  to: `http://127.0.0.1:${(origin.address() as AddressInfo).port}`,
  middleware: [tellTheOrigin],
});
const listening = await proxy.listen({
  port: Number(process.env['PORT'] ?? 8080),
  // `mode: 'request'` would let everybody in, and leave it to middleware.
  tls: { ...authority.issue(['localhost']), clientCertificates: { ca: clients.cert, mode: 'require' } },
});

const folder = mkdtempSync(join(tmpdir(), 'sluice-'));
const alice = clients.issue(['alice.example']);
writeFileSync(join(folder, 'alice.pem'), alice.cert + alice.key, { mode: 0o600 });
writeFileSync(join(folder, 'ca.pem'), authority.cert);
console.log(`listening on ${listening.url}`);
console.log(
  `try: curl --cacert ${folder}/ca.pem --cert ${folder}/alice.pem https://localhost:${listening.port}/, and without --cert`,
);

await Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM')]);
await proxy.drain(5_000);
console.log(`refused handshakes: ${JSON.stringify(listening.stats().tls?.handshakesFailed)}`);
origin.close();
rmSync(folder, { recursive: true });
