// Ends TLS with a certificate for each name, and takes renewed certificates into service while connections are open.

import { createProxy } from '@sluice/http';
import { createTlsContexts } from '@sluice/l4';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createCertificateAuthority } from './quickstart/demo-certificates.ts';
import { startDemoOrigin } from './quickstart/demo-origin.ts';

// Yours would be certbot's, or those of a secret that is mounted.
const authority = createCertificateAuthority();
const folder = mkdtempSync(join(tmpdir(), 'sluice-'));
function writeCertificate(name: string): { certFile: string; keyFile: string } {
  const { cert, key } = authority.issue([name]);
  const files = { certFile: join(folder, `${name}.pem`), keyFile: join(folder, `${name}.key`) };
  writeFileSync(files.certFile, cert);
  writeFileSync(files.keyFile, key, { mode: 0o600 });
  return files;
}

const tls = createTlsContexts({
  // Served to those who ask for no name, or for one that nobody has.
  ...writeCertificate('default.example'),
  // The names are those in the certificates.
  certificates: [writeCertificate('shop.example'), writeCertificate('*.tenants.example')],
  alpnProtocols: ['http/1.1'],
  reloadIntervalMs: 60_000,
});
tls.on('certificates-replaced', ({ certificates }) => console.log(`serving ${certificates.length} certificates`));
tls.on('reload-failed', ({ error }) => console.log('the old certificates stay:', error));
tls.on('handshake-failed', ({ error, remoteAddress }) => console.log(`${remoteAddress}: ${error.fault}`));

const origin = await startDemoOrigin('the-origin');
const proxy = createProxy({ to: origin.url });
const { url, port } = await proxy.listen({ port: Number(process.env['PORT'] ?? 8080), tls });
console.log(`listening on ${url}`);
console.log(`try: curl -k --resolve shop.example:${port}:127.0.0.1 https://shop.example:${port}/`);
console.log(`try: kill -HUP ${process.pid}, which renews the certificate of the shop`);

process.on('SIGHUP', () => {
  writeCertificate('shop.example');
  tls.reload().catch(() => {});
});

await Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM')]);
await proxy.drain(5_000);
tls.close();
await origin.kill();
rmSync(folder, { recursive: true });
